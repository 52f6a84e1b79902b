// Package carriers opens the carrier that an address names.
package carriers

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"avid/runtime/publish"
	"avid/runtime/publish/address"
	"avid/runtime/publish/kafka"
	"avid/runtime/publish/lines"
	"avid/runtime/publish/mqtt"
	"avid/runtime/publish/nats"
	"avid/runtime/publish/webhook"
)

// opener opens one kind of carrier.
type opener func(*address.Address, publish.Host) (publish.Carrier, error)

// schemes are what addresses begin with.
func schemes() map[string]opener {
	return map[string]opener{
		"file":  lines.Open,
		"http":  webhook.Open,
		"https": webhook.Open,
		"mqtt":  mqtt.Open,
		"mqtts": mqtt.Open,
		"nats":  nats.Open,
		"kafka": kafka.Open,
	}
}

// Environment are the variables that have secrets, which other programs need not see.
func Environment() []string {
	return []string{webhook.SecretEnv, webhook.TokenEnv, webhook.PasswordEnv, mqtt.PasswordEnv, nats.PasswordEnv, nats.TokenEnv, kafka.PasswordEnv}
}

// Open opens the carrier of an address. Nothing is waited for. The errors are those of
// package address and of the carrier, without secrets.
func Open(text string, host publish.Host) (publish.Route, error) {
	return open(text, host, os.Getenv)
}

func open(text string, host publish.Host, getenv func(string) string) (r publish.Route, err error) {
	a, err := address.Parse(text, getenv)
	if err != nil {
		return r, err
	}
	all := schemes()
	with := all[a.Scheme]
	if with == nil {
		known := slices.Sorted(maps.Keys(all))
		return r, fmt.Errorf("%w %q, known are %s", address.ErrScheme, a.Scheme, strings.Join(known, ", "))
	}
	carrier, err := with(a, host)
	if err != nil {
		return r, err
	}
	return publish.Route{Name: a.Label(), ID: publish.RouteID(a.Scheme, a.Identity()), Carrier: carrier}, nil
}

// OpenAll opens several, and none where one of them cannot be.
func OpenAll(texts []string, host publish.Host) (routes []publish.Route, err error) {
	ids := map[string]bool{}
	for _, text := range texts {
		r, e := Open(text, host)
		if e == nil && ids[r.ID] {
			e = errors.Join(fmt.Errorf("%s: %w", r.Name, ErrTwice), r.Carrier.Close())
		}
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		ids[r.ID] = true
		routes = append(routes, r)
	}
	if err == nil {
		return routes, nil
	}
	for _, r := range routes {
		err = errors.Join(err, r.Carrier.Close())
	}
	return nil, err
}

// ErrTwice says that events are to go to the same place twice.
var ErrTwice = errors.New("the address is given twice")
