package gcp

import "testing"

func TestEndpointWithoutAPathGetsThePathOfTheAPI(t *testing.T) {
	for given, want := range map[string]string{
		"http://127.0.0.1:5001":                   "http://127.0.0.1:5001/compute/v1/",
		"http://127.0.0.1:5001/":                  "http://127.0.0.1:5001/compute/v1/",
		"https://compute.example.com/compute/v1/": "https://compute.example.com/compute/v1/",
		"http://127.0.0.1:5001/compute/beta/":     "http://127.0.0.1:5001/compute/beta/",
	} {
		if got := basePath(given); got != want {
			t.Errorf("%s becomes %s, want %s", given, got, want)
		}
	}
}
