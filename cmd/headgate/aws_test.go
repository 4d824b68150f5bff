package main

import "testing"

func TestAnEmbeddedCloudNeedsNoKeys(t *testing.T) {
	tests := []struct {
		name, endpoint, key, profile string
		want                         bool
	}{
		{"on this machine", "http://127.0.0.1:5000", "", "", true},
		{"by name", "http://localhost:5000", "", "", true},
		{"IPv6", "http://[::1]:5000", "", "", true},
		{"keys are there", "http://127.0.0.1:5000", "mine", "", false},
		{"a profile is there", "http://127.0.0.1:5000", "", "work", false},
		{"elsewhere", "https://elb.example.com", "", "", false},
		{"AWS itself", "", "", "", false},
		{"malformed", "http://[", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"AWS_ACCESS_KEY_ID": tt.key, "AWS_PROFILE": tt.profile}
			if got := needsTestKeys(tt.endpoint, func(k string) string { return env[k] }); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
