package aws

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/headgate-io/headgate/provider"
)

// partsPerCall is how many listeners or rules one call names. Unverified: no page gives a bound; it
// is that of DescribeTags.
const partsPerCall = 20

// taggedPerCall is the most that GetResources lists on a page (ResourcesPerPage).
const taggedPerCall = 100

// firstWhole tells whether this is the first look of this process at the whole cluster.
func (c *Client) firstWhole() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	begun := c.whole
	c.whole = true
	return !begun
}

// tagged lists the listeners and rules of the region that carry a tag, with all their tags, as the
// Resource Groups Tagging API has heard of them: what was made lately may be missing, and what is
// gone may be there. Kinds are named as in ARNs, and a page may hold less than was asked for though
// others follow (GetResources).
func (c *Client) tagged(ctx context.Context, key, value string) (map[string]map[string]string, error) {
	in := &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"elasticloadbalancing:listener", "elasticloadbalancing:listener-rule"},
		TagFilters:          []types.TagFilter{{Key: &key, Values: []string{value}}}, ResourcesPerPage: aws.Int32(taggedPerCall),
	}
	all := map[string]map[string]string{}
	for {
		out, err := read(ctx, "GetResources", c.tagging.GetResources, in)
		if err != nil {
			return nil, err
		}
		for _, m := range out.ResourceTagMappingList {
			tags := make(map[string]string, len(m.Tags))
			for _, t := range m.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			all[aws.ToString(m.ResourceARN)] = tags
		}
		if in.PaginationToken = out.PaginationToken; aws.ToString(in.PaginationToken) == "" {
			return all, nil
		}
	}
}

// listenersByARN reads listeners, those that may be gone too.
func (c *Client) listenersByARN(ctx context.Context, arns []string) (map[string]listenerRecord, error) {
	describe := func(ctx context.Context, some []string) ([]listenerRecord, error) {
		return c.describeListeners(ctx, &elb.DescribeListenersInput{ListenerArns: some})
	}
	return byARN(ctx, arns, describe, func(l listenerRecord) string { return l.arn })
}

// rulesByARN reads rules, those that may be gone too.
func (c *Client) rulesByARN(ctx context.Context, arns []string) (map[string]ruleRecord, error) {
	describe := func(ctx context.Context, some []string) ([]ruleRecord, error) {
		return c.describeRules(ctx, &elb.DescribeRulesInput{RuleArns: some})
	}
	return byARN(ctx, arns, describe, func(r ruleRecord) string { return r.arn })
}

// describing reads what has some ARNs.
type describing[T any] func(ctx context.Context, some []string) ([]T, error)

// byARN reads what has these ARNs, many in a call, several calls side by side. What it does not
// return may be there nevertheless.
func byARN[T any](ctx context.Context, arns []string, read describing[T], arn func(T) string) (map[string]T, error) {
	var mu sync.Mutex
	all := make(map[string]T, len(arns))
	var reads []func(context.Context) error
	for some := range slices.Chunk(arns, partsPerCall) {
		reads = append(reads, func(ctx context.Context) error {
			found, err := halved(ctx, some, 2, read)
			mu.Lock()
			defer mu.Unlock()
			for _, x := range found {
				all[arn(x)] = x
			}
			return err
		})
	}
	err := together(ctx, reads...)
	return all, err
}

// halved reads what has these ARNs. One that is gone fails a whole call, which is made again for
// either half, and so on a number of times: where much is gone, to look for each costs more than it
// saves. A call that AWS does not take is not made again.
func halved[T any](ctx context.Context, arns []string, times int, read describing[T]) ([]T, error) {
	found, err := read(ctx, arns)
	switch {
	case err == nil:
		return found, nil
	case is(err, provider.Invalid), is(err, provider.NotFound) && (times == 0 || len(arns) == 1):
		return nil, nil
	case !is(err, provider.NotFound):
		return nil, err
	}
	var all []T
	for half := range slices.Chunk(arns, (len(arns)+1)/2) {
		found, err := halved(ctx, half, times-1, read)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
