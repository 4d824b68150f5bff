// Package program makes a controller for one cloud into a command: flags, config file, logs,
// traces, metrics, probes, leader election and the webhook. The examples controller-aws,
// controller-gcp and controller-azure are this and a line that opens the provider.
package program
