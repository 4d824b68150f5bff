// Package modeltest generates load balancers and requests for property tests.
//
// The words that it draws from are few, so that routes overlap, share hosts and prefixes, and
// requests hit them or just miss.
package modeltest
