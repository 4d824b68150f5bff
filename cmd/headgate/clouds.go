package main

// clouds is every provider that this command is built with.
func clouds() []cloud { return nil }
