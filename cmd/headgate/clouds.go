package main

// clouds returns the providers that this command is built with. A new one is a file with its row,
// and an entry here.
func clouds() []cloud { return []cloud{awsCloud(), gcpCloud(), azureCloud()} }

// demo is the cluster ID of embedded clouds, and their project and keys: they accept any.
const demo = "demo"

// nowhere is an endpoint without a server. A provider that is only asked for its capabilities never
// calls it.
const nowhere = "http://127.0.0.1:1"
