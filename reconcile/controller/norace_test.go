//go:build !race

package controller

// raceEnabled reports whether the race detector is enabled, which slows everything down.
const raceEnabled = false
