package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// ErrInterrupted says that a run or an opening was given up because its context
// ended; errors that wrap it wrap the context's cause too.
var ErrInterrupted = errors.New("interrupted")

// interrupted is the error of a context that has ended.
func interrupted(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrInterrupted, context.Cause(ctx))
}

// under calls run with options that end it when ctx does.
func under(ctx context.Context, run func(*ort.RunOptions) error) (err error) {
	var i interrupter
	if err := i.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if err := i.watch(ctx); err != nil {
		return err
	}
	if err := run(i.options); err != nil {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		return err
	}
	return nil
}

// interrupter ends the runs of one session when their context does. What it needs
// of a context it asks for once, so that a run costs nothing. Not safe for
// concurrent use, but for what the contexts call.
type interrupter struct {
	ctx     context.Context
	unwatch func() bool

	mu      sync.Mutex // guards changes of options and ctx against a context that ends meanwhile
	options *ort.RunOptions
}

// open makes the options of runs.
func (i *interrupter) open() (err error) {
	i.options, err = ort.NewRunOptions()
	return err
}

// watch readies for runs under ctx.
func (i *interrupter) watch(ctx context.Context) error {
	if ctx.Err() != nil {
		return interrupted(ctx)
	}
	if ctx == i.ctx {
		return nil
	}
	i.forget()
	if err := i.options.UnsetTerminate(); err != nil {
		return err
	}
	i.mu.Lock()
	i.ctx = ctx
	i.mu.Unlock()
	i.unwatch = context.AfterFunc(ctx, func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		if i.options != nil && i.ctx == ctx {
			_ = i.options.Terminate() // the run then ends by itself
		}
	})
	return nil
}

// forget ends the watch over the present context.
func (i *interrupter) forget() {
	if i.unwatch != nil {
		i.unwatch()
	}
	i.unwatch = nil
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ctx = nil
}

// close frees the options; it may be called again.
func (i *interrupter) close() error {
	i.forget()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.options == nil {
		return nil
	}
	err := i.options.Destroy()
	i.options = nil
	return err
}
