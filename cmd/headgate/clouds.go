package main

// clouds is every provider that this command is built with.
func clouds() []cloud {
	return []cloud{
		{name: "aws", emulate: emulateAWS},
		{name: "gcp", emulate: emulateGCP},
		{name: "azure", emulate: emulateAzure},
	}
}
