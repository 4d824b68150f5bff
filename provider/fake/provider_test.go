package fake

import "testing"

func TestNewReportsEveryProblemInOneError(t *testing.T) {
	for want, tc := range map[string]struct {
		cloud   *Cloud
		options Options
	}{
		"new fake provider: cloud is nil":                       {nil, Options{ClusterID: "demo"}},
		"new fake provider: ClusterID is missing":               {NewCloud(CloudOptions{}), Options{}},
		"new fake provider: cloud is nil; ClusterID is missing": {nil, Options{}},
	} {
		if _, err := New(tc.cloud, tc.options); err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
	}
}

func TestNewSettingChangesNoNameUntilItIsUsed(t *testing.T) {
	old := settings{"host": "a.example.com", "path": "/"}.hash()
	if hash := (settings{"host": "a.example.com", "path": "/", "new": ""}).hash(); hash != old {
		t.Errorf("an unused setting changes %s to %s", old, hash)
	}
	if hash := (settings{"host": "a.example.com", "path": "/", "new": "x"}).hash(); hash == old {
		t.Error("a setting has no effect on the hash")
	}
}
