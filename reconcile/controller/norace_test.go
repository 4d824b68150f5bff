//go:build !race

package controller

// raceEnabled tells that the race detector makes everything slow.
const raceEnabled = false
