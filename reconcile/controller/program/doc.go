// Package program is the command around a controller: flags, config file, logs, traces, metrics,
// health checks, leader election and the webhook.
//
// The controllers of AWS, Google Cloud and Azure in examples are [Main] with a function that opens
// the provider. A provider of your own works in the same way: [Cloud].Fields declares its section
// of the config file.
package program
