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

// partsPerCall is the number of listeners or rules in one call. Unverified: no page documents a
// limit. This is the limit of DescribeTags.
const partsPerCall = 20

// taggedPerCall is the maximum page size of GetResources (ResourcesPerPage).
const taggedPerCall = 100

// firstOfCluster reports whether this process has not observed the whole cluster before.
func (c *Client) firstOfCluster() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.cluster
	c.cluster = true
	return !known
}

// tagged lists the listeners and rules of the region that have a tag, with all their tags, by the
// Resource Groups Tagging API. The API lags: a new resource may be missing, and a deleted one may
// still be listed. A page that is not full need not be the last one (GetResources).
func (c *Client) tagged(ctx context.Context, key, value string) (map[string]map[string]string, error) {
	in := &resourcegroupstaggingapi.GetResourcesInput{
		ResourceTypeFilters: []string{"elasticloadbalancing:listener", "elasticloadbalancing:listener-rule"},
		TagFilters:          []types.TagFilter{{Key: &key, Values: []string{value}}}, ResourcesPerPage: aws.Int32(taggedPerCall),
	}
	mappings, err := readAll(ctx, "GetResources", c.tagging.GetResources, in, func(out *resourcegroupstaggingapi.GetResourcesOutput) ([]types.ResourceTagMapping, *string) {
		return out.ResourceTagMappingList, out.PaginationToken
	}, func(token *string) { in.PaginationToken = token })
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]string, len(mappings))
	for _, m := range mappings {
		tags := make(map[string]string, len(m.Tags))
		for _, t := range m.Tags {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
		all[aws.ToString(m.ResourceARN)] = tags
	}
	return all, nil
}

// listenersByARN reads listeners, of which some may be gone.
func (c *Client) listenersByARN(ctx context.Context, arns []string) (map[string]listenerRecord, error) {
	read := func(ctx context.Context, some []string) ([]listenerRecord, error) {
		return c.describeListeners(ctx, &elb.DescribeListenersInput{ListenerArns: some})
	}
	return byARN(ctx, arns, read, func(l listenerRecord) string { return l.arn })
}

// rulesByARN reads rules, of which some may be gone.
func (c *Client) rulesByARN(ctx context.Context, arns []string) (map[string]ruleRecord, error) {
	read := func(ctx context.Context, some []string) ([]ruleRecord, error) {
		return c.describeRules(ctx, &elb.DescribeRulesInput{RuleArns: some})
	}
	return byARN(ctx, arns, read, func(r ruleRecord) string { return r.arn })
}

// describer reads the resources with some ARNs.
type describer[T any] func(ctx context.Context, some []string) ([]T, error)

// byARN reads the resources with these ARNs in concurrent calls for many of them each. A resource
// that it does not return may exist nevertheless.
func byARN[T any](ctx context.Context, arns []string, read describer[T], arn func(T) string) (map[string]T, error) {
	var mu sync.Mutex
	all := make(map[string]T, len(arns))
	var reads []func(context.Context) error
	for some := range slices.Chunk(arns, partsPerCall) {
		reads = append(reads, func(ctx context.Context) error {
			found, err := describeExisting(ctx, some, 2, read)
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

// describeExisting reads the resources with these ARNs. A call fails if one of them is gone. It is
// then made again for each half, up to a number of splits: if many are gone, finding each of the
// others costs more than it saves. A call that AWS rejects as invalid is not made again.
func describeExisting[T any](ctx context.Context, arns []string, splits int, read describer[T]) ([]T, error) {
	found, err := read(ctx, arns)
	switch {
	case err == nil:
		return found, nil
	case provider.IsCode(err, provider.Invalid), provider.IsCode(err, provider.NotFound) && (splits == 0 || len(arns) == 1):
		return nil, nil
	case !provider.IsCode(err, provider.NotFound):
		return nil, err
	}
	var all []T
	for half := range slices.Chunk(arns, (len(arns)+1)/2) {
		found, err := describeExisting(ctx, half, splits-1, read)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
