package main

import (
	"os"
	"testing"
)

func TestEmbeddedCloudNeedsNoCredentialsOfOnesOwn(t *testing.T) {
	tests := []struct{ name, endpoint, key, profile, want string }{
		{"on this machine", "http://127.0.0.1:5000", "", "", demo},
		{"by name", "http://localhost:5000", "", "", demo},
		{"IPv6", "http://[::1]:5000", "", "", demo},
		{"keys are there", "http://127.0.0.1:5000", "mine", "", "mine"},
		{"a profile is there", "http://127.0.0.1:5000", "", "work", ""},
		{"elsewhere", "https://elb.example.com", "", "", ""},
		{"AWS itself", "", "", "", ""},
		{"malformed", "http://[", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("AWS_ACCESS_KEY_ID", tt.key)
			t.Setenv("AWS_SECRET_ACCESS_KEY", "")
			t.Setenv("AWS_PROFILE", tt.profile)
			if err := lendCredentials(tt.endpoint); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv("AWS_ACCESS_KEY_ID"); got != tt.want {
				t.Errorf("got key %q, want %q", got, tt.want)
			}
		})
	}
}
