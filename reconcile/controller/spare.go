package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// spare keeps what a load balancer serves when this process begins with parts of its objects that
// cannot be read: the engine cannot know what they served before. It ends when they are mended, or
// when a person changes any of the objects.
func (c *controller) spare(id model.ID, b *balancer, told bool, ask, leave []claim) {
	now := ""
	if len(leave) == 0 && slices.ContainsFunc(b.problems, kube.Unreadable) {
		now = generations(ask)
	}
	if told && now != b.spared {
		now = ""
	}
	b.spared = now
	c.engine.Retain(id, now != "")
}

// keepScheme leaves a load balancer where it is reached while an annotation does not say from where
// that should be: another scheme is another load balancer. One that this process has not seen
// before is what the build makes of it, which is internal.
func (b *balancer) keepScheme(lb *model.LoadBalancer, problems []model.Problem) {
	if b.scheme != "" && slices.ContainsFunc(problems, func(p model.Problem) bool { return kube.IsScheme(p.Origin) }) {
		lb.Scheme = b.scheme
	}
	b.scheme = cmp.Or(lb.Scheme, model.InternetFacing)
}

// generations tells one state of some objects from any other.
func generations(claims []claim) string {
	lines := make([]string, len(claims))
	for i, cl := range claims {
		lines[i] = fmt.Sprintf("%s %d %v", cl.ref(), cl.object.GetGeneration(), cl.object.GetAnnotations())
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
