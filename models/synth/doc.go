// Package synth draws a synthetic surveillance scene: a fixed camera over a
// paved walkway on which people walk both ways, and now and then something
// that does not belong there. It is drawn in plain Go, and every picture is a
// pure function of the configuration and the frame number, so that the same
// seed gives the same clip and frames may be drawn in any order.
//
// Pedestrians, alone or in pairs, are normal. A cyclist, a cart, a runner and
// an abandoned bag are irregular, and the mask of a frame holds exactly the
// pixels that they cover (at least half of the pixel, shadows not counted,
// what somebody hides not counted).
//
// The world is in metres: X runs along the walkway, Y up, Z away from the
// camera; the walkway is the strip 0 <= Z <= Width at Y = 0. Each body is made
// of shaded capsules and polygons projected by a pinhole camera, so sizes and
// speeds shrink with distance as they do in real footage.
package synth
