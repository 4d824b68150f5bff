package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// loadBalancer is an Application Load Balancer as it is stored.
type loadBalancer struct {
	Shape      elbLoadBalancer
	Attributes map[string]string
	Tags       []elbTag
	created    time.Time
	activeAt   time.Time
}

// targetGroup is a target group with its registered targets.
type targetGroup struct {
	Shape      elbTargetGroup
	Attributes map[string]string
	Tags       []elbTag
	Targets    []elbTarget // port and zone filled in
	created    time.Time
}

// listener is a listener with its extra certificates and its rules, the default one last.
type listener struct {
	Shape        elbListener
	Certificates []string // beyond the default one, in the order in which they were added
	Attributes   map[string]string
	Tags         []elbTag
	rules        []*rule
	created      time.Time
}

// rule is a rule of a listener.
type rule struct {
	Shape   elbRule
	Tags    []elbTag
	created time.Time
}

// state is everything that is stored. The server's lock guards it.
type state struct {
	balancers []*loadBalancer
	groups    []*targetGroup
	listeners []*listener
	network   network
	vault     []*certificate
	serial    int
}

// nextID is a new identifier of n hexadecimal digits. Identifiers follow from the order of calls, so that runs compare.
func (st *state) nextID(n int) string {
	st.serial++
	sum := sha256.Sum256([]byte(strconv.Itoa(st.serial)))
	return hex.EncodeToString(sum[:])[:n]
}

func (st *state) balancer(arn string) *loadBalancer {
	return find(st.balancers, func(lb *loadBalancer) bool { return lb.Shape.LoadBalancerArn == arn })
}

func (st *state) group(arn string) *targetGroup {
	return find(st.groups, func(g *targetGroup) bool { return g.Shape.TargetGroupArn == arn })
}

func (st *state) listener(arn string) *listener {
	return find(st.listeners, func(l *listener) bool { return l.Shape.ListenerArn == arn })
}

func (st *state) rule(arn string) (*listener, *rule) {
	for _, l := range st.listeners {
		if r := find(l.rules, func(r *rule) bool { return r.Shape.RuleArn == arn }); r != nil {
			return l, r
		}
	}
	return nil, nil
}

// listenersOf returns the listeners of one load balancer in the order of creation.
func (st *state) listenersOf(balancer string) []*listener {
	return slices.DeleteFunc(slices.Clone(st.listeners), func(l *listener) bool { return l.Shape.LoadBalancerArn != balancer })
}

// balancersOf names the load balancers whose listeners refer to a target group, at most one by TargetGroupAssociationLimit.
func (st *state) balancersOf(group string) []string {
	var arns []string
	for _, l := range st.listeners {
		if slices.Contains(l.groups(), group) && !slices.Contains(arns, l.Shape.LoadBalancerArn) {
			arns = append(arns, l.Shape.LoadBalancerArn)
		}
	}
	return arns
}

// groups names the target groups that a listener's rules forward to, whatever their weight.
func (l *listener) groups() []string {
	var arns []string
	for _, r := range l.rules {
		arns = append(arns, groupsOf(r.Shape.Actions)...)
	}
	return arns
}

func groupsOf(actions []elbAction) []string {
	var arns []string
	for _, a := range actions {
		if a.ForwardConfig == nil {
			continue
		}
		for _, t := range a.ForwardConfig.TargetGroups {
			arns = append(arns, t.TargetGroupArn)
		}
	}
	return arns
}

// defaultRule is the rule that holds a listener's default actions.
func (l *listener) defaultRule() *rule { return l.rules[len(l.rules)-1] }

func find[T any](all []*T, is func(*T) bool) *T {
	for _, one := range all {
		if is(one) {
			return one
		}
	}
	return nil
}

func remove[T any](all []*T, one *T) []*T {
	return slices.DeleteFunc(all, func(other *T) bool { return other == one })
}

func (s *Server) arn(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.options.Region, s.options.AccountID, resource)
}

func ptr[T any](v T) *T { return &v }

// or is *p, or otherwise when p is nil.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
