package fake

import (
	"encoding/json"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/provider"
)

// Snapshot returns the JSON of every object, by "Kind/place/name". Private keys are redacted.
func (c *Cloud) Snapshot() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]string, len(c.objects))
	for k, o := range c.objects {
		out[path(k)] = o.json()
	}
	return out
}

func path(k provider.Key) string { return k.Kind + "/" + k.Place + "/" + k.Name }

// json includes the version of objects of other owners, to show even writes that change nothing.
func (o object) json() string {
	version := o.version
	if _, doc := o.spec.(DocumentSpec); doc || o.owner != (provider.Owner{}) {
		version = 0
	}
	b, err := json.Marshal(struct {
		Owner   provider.Owner
		Group   model.GroupID
		Spec    Spec
		Version int
	}{o.owner, o.group, o.spec, version})
	if err != nil {
		return err.Error() // every Spec type marshals
	}
	return string(b)
}
