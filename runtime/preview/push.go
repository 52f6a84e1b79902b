package preview

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"avid/runtime/fanout"
)

// PushConfig are the settings of a Push.
type PushConfig struct {
	// Endpoint is the WHIP address, http or https. Token is sent to it as a
	// bearer token, and never to another host.
	Endpoint, Token string
	// STUNServer and TURNServers are as in Config. Without any, those that the
	// endpoint names are used.
	STUNServer  string
	TURNServers []string
	// Stream may leave out Path. Joined and Left tell of the connection to the
	// endpoint.
	Stream fanout.StreamConfig
	// Changed, if not nil, is told of the connection: nil when it stands, else why
	// it does not, each time an attempt has failed. As the functions of Stream, it
	// is called from a goroutine of the push, and must not block.
	Changed func(error)
	// Logger gets what happens; nil: nobody.
	Logger *slog.Logger
}

// Push sends one stream to a media server by WHIP (RFC 9725). Its methods may
// be called from any goroutine, but Close not from a function of Stream.
type Push struct {
	source  *fanout.Source
	config  fanout.StreamConfig // defaults filled in
	time    timing
	log     *slog.Logger
	client  *whipClient
	servers []webrtc.ICEServer // configured
	learned []webrtc.ICEServer // named by the endpoint
	plain   bool               // the endpoint refuses data channels
	engine  webrtc.SettingEngine
	state   atomic.Value // string
	changed func(error)
	cancel  context.CancelFunc
	done    chan struct{}
	calls   sync.WaitGroup // of changed, when a connection stands
}

// StartPush connects in the background, again and again when that fails or
// breaks. The errors are ErrConfig, fanout.ErrConfig and fanout.ErrPath.
func StartPush(c PushConfig) (*Push, error) { return startPush(c, defaultTiming()) }

func startPush(c PushConfig, t timing) (*Push, error) {
	endpoint, err := url.Parse(c.Endpoint)
	if err != nil || endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Hostname() == "" || endpoint.User != nil {
		// The address is not repeated: it may have a secret in it.
		return nil, fmt.Errorf("%w: whip-endpoint, allowed is http(s)://host/path without user and password", ErrConfig)
	}
	if c.Token != "" && !tokenShape.MatchString(c.Token) {
		return nil, fmt.Errorf("%w: token, allowed are 1 to 512 visible ASCII characters", ErrConfig)
	}
	servers, err := iceServers(c.STUNServer, c.TURNServers)
	if err != nil {
		return nil, err
	}
	if c.Stream.Path == "" {
		c.Stream.Path = "push"
	}
	if err := ValidateStream(c.Stream); err != nil {
		return nil, err
	}
	log := quiet(c.Logger)
	source, err := fanout.NewSource(c.Stream, t.Timing, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Push{
		source: source, config: source.Config(), time: t, log: log.With("stream", c.Stream.Path),
		client: newWHIPClient(endpoint, c.Token), servers: servers,
		engine: fanout.NewSettings(t.Timing, log), changed: c.Changed, cancel: cancel, done: make(chan struct{}),
	}
	if p.changed == nil {
		p.changed = func(error) {}
	}
	p.state.Store("connecting")
	go p.loop(ctx)
	return p, nil
}

// WriteFrame sends a frame: see fanout.Source.
func (p *Push) WriteFrame(f fanout.Frame) error { return p.source.WriteFrame(f) }

// WriteMeta sends what is known of a frame: see fanout.Source.
func (p *Push) WriteMeta(m fanout.Meta) { p.source.WriteMeta(m) }

// Stats returns the counts so far.
func (p *Push) Stats() fanout.StreamStats { return p.source.Stats() }

// State says in words how the connection is: connecting, live, waiting and
// why, closed.
func (p *Push) State() string {
	s, _ := p.state.Load().(string)
	return s
}

// Close ends the stream, and the session at the endpoint; it waits a few
// seconds for that at most. Once it returns, no function of Stream is running
// or will be called. Twice is fine.
func (p *Push) Close() error {
	if !p.source.Close() {
		return nil
	}
	p.cancel()
	<-p.done
	p.calls.Wait()
	p.source.Wait()
	p.state.Store("closed")
	return nil
}

// loop connects until ctx ends. The wait between two attempts doubles up to
// backoffMost; a connection that stood begins anew.
func (p *Push) loop(ctx context.Context) {
	defer close(p.done)
	defer p.client.close()
	wait := p.time.backoff
	for ctx.Err() == nil {
		p.state.Store("connecting")
		stood, err := p.attempt(ctx)
		if ctx.Err() != nil {
			return
		}
		if stood {
			wait = p.time.backoff
		}
		pause := p.pause(err, wait)
		p.log.Warn("push", "error", err, "again in", pause)
		if !errors.Is(err, errRetry) {
			p.changed(err)
		}
		p.state.Store(fmt.Sprintf("waiting %v: %v", pause.Round(time.Millisecond), err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		wait = min(2*wait, p.time.backoffMost)
	}
}

// pause is the time to the next attempt: as the endpoint asks, longer where it
// refused for good, and never quite the same for all that lost it at once.
func (p *Push) pause(err error, wait time.Duration) time.Duration {
	var refused *statusError
	switch {
	case errors.Is(err, errRetry):
		return 0
	case !errors.As(err, &refused):
	case refused.After > 0:
		return refused.After
	case refused.final():
		return p.time.refused
	}
	return wait - time.Duration(rand.Int64N(int64(wait)/5+1))
}

// errRetry says that the next attempt is different and may come at once.
var errRetry = errors.New("the endpoint takes no data channel")

// attempt is one session: true when it was connected.
func (p *Push) attempt(ctx context.Context) (stood bool, err error) {
	if len(p.servers) == 0 {
		if learned := p.client.options(ctx); len(learned) > 0 {
			p.learned = learned
		}
	}
	configuration := webrtc.Configuration{ICEServers: append(present(p.servers, time.Now()), p.learned...)}
	parameters := p.config.Codec.Offer(p.config.Profile)
	peer, err := fanout.NewPeer(p.source, fanout.Viewer{ID: "whip", Remote: p.client.endpoint.Host}, p.engine, configuration, parameters)
	if err != nil {
		return false, err
	}
	resource, err := p.negotiate(ctx, peer)
	if err != nil {
		peer.Discard()
		p.client.delete(ctx, resource)
		return false, err
	}
	stop := context.AfterFunc(ctx, peer.End)
	defer stop()
	p.calls.Go(func() {
		select {
		case <-peer.Connected():
			p.state.Store("live")
			p.changed(nil)
		case <-peer.Ending():
		}
	})
	peer.Run()
	p.client.delete(ctx, resource)
	select {
	case <-peer.Connected():
		return true, errors.New("connection lost")
	default:
		return false, errors.New("no connection")
	}
}

// negotiate makes the offer and takes the answer. The resource is set as soon
// as there is one.
func (p *Push) negotiate(ctx context.Context, peer *fanout.Peer) (resource *url.URL, err error) {
	offer, err := peer.Offer(ctx, !p.plain)
	if err != nil {
		return nil, err
	}
	reply, err := p.client.post(ctx, offer)
	if err != nil {
		return reply.resource, p.withoutChannel(err)
	}
	if len(reply.servers) > 0 && len(p.servers) == 0 {
		p.learned = reply.servers
	}
	if err := peer.TakeAnswer(reply.answer); err != nil {
		return reply.resource, p.withoutChannel(err)
	}
	return reply.resource, nil
}

// withoutChannel turns an endpoint's refusal of what we offered into a second
// try with the video alone, which is all that WHIP asks of endpoints. When that
// fails as well the channel was not at fault.
func (p *Push) withoutChannel(err error) error {
	var refused *statusError
	if p.plain {
		p.plain = false
		return err
	}
	if errors.As(err, &refused) && !refused.offer() || errors.Is(err, errTransport) {
		return err
	}
	p.plain = true
	return fmt.Errorf("%w: %w", errRetry, err)
}
