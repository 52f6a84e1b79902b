package main

// zonesUsage says what --zones takes.
const zonesUsage = "parts of the picture to judge apart, to leave out or to hide: a file, or JSON (docs/zones.md)"
