package onnx

import (
	"fmt"
	"maps"
)

// check verifies what the builder cannot see node by node: names are unique
// and every input is made before it is read.
func (g *Graph) check() error { return g.checkIn(map[string]bool{}, map[*Value]bool{}) }

// checkIn is check for a graph that sees the values in around; names are those
// of the whole model so far.
func (g *Graph) checkIn(names map[string]bool, around map[*Value]bool) error {
	seen, own := maps.Clone(around), map[*Value]bool{}
	define := func(list []*Value) error {
		for _, v := range list {
			if names[v.Name] {
				return fmt.Errorf("%w: two values named %.60q", ErrGraph, v.Name)
			}
			names[v.Name], seen[v], own[v] = true, true, true
		}
		return nil
	}
	for _, list := range [][]*Value{g.Inputs, g.Consts} {
		if err := define(list); err != nil {
			return err
		}
	}
	for _, n := range g.Nodes {
		for _, v := range n.In {
			if v != nil && !seen[v] {
				return fmt.Errorf("%w: %.40q reads %.60q before it is made", ErrGraph, n.Op, v.Name)
			}
		}
		if b := n.Body(); b != nil {
			if err := b.checkIn(names, seen); err != nil {
				return err
			}
		}
		if err := define(n.Out); err != nil {
			return err
		}
	}
	for _, v := range g.Outputs {
		if !own[v] {
			return fmt.Errorf("%w: output %.60q is never made", ErrGraph, v.Name)
		}
	}
	if len(g.Outputs) == 0 {
		return fmt.Errorf("%w: no output", ErrGraph)
	}
	return nil
}
