package azure

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	armnetwork "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v9"
)

// publicIP is the part of a public IP address that the provider uses.
type publicIP struct {
	id, name, location, etag string
	address                  string
	tags                     map[string]any
	ready                    bool
}

// publicIP reads an address by its resource ID, which may be in another resource group.
func (c *Client) publicIP(ctx context.Context, id string) (publicIP, error) {
	parsed, err := arm.ParseResourceID(id)
	if err != nil {
		return publicIP{}, newError(http.StatusBadRequest, nil, 0, err)
	}
	got, err := c.ips.Get(ctx, parsed.ResourceGroupName, parsed.Name, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	return readPublicIP(&got.PublicIPAddress), nil
}

// publicIPs reads the addresses in a resource group.
func (c *Client) publicIPs(ctx context.Context, group string) ([]publicIP, error) {
	var all []publicIP
	for pager := c.ips.NewListPager(group, nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, convert(err)
		}
		for _, ip := range page.Value {
			all = append(all, readPublicIP(ip))
		}
	}
	return all, nil
}

// createPublicIP creates a static address of SKU Standard and waits for it. It fails if an address
// of this name exists.
func (c *Client) createPublicIP(ctx context.Context, group string, want publicIP) (publicIP, error) {
	standard, static := armnetwork.PublicIPAddressSKUNameStandard, armnetwork.IPAllocationMethodStatic
	tags := map[string]*string{}
	for k := range want.tags {
		v := text(want.tags, k)
		tags[k] = &v
	}
	ctx = policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1})
	first := policy.WithHTTPHeader(ctx, http.Header{"If-None-Match": {"*"}})
	poller, err := c.ips.BeginCreateOrUpdate(first, group, want.name, armnetwork.PublicIPAddress{
		Location: &want.location, Tags: tags, SKU: &armnetwork.PublicIPAddressSKU{Name: &standard},
		Properties: &armnetwork.PublicIPAddressPropertiesFormat{PublicIPAllocationMethod: &static},
	}, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	made, err := poller.PollUntilDone(ctx, nil)
	if err != nil {
		return publicIP{}, convert(err)
	}
	return readPublicIP(&made.PublicIPAddress), nil
}

// deletePublicIP deletes an address and waits until it is gone.
func (c *Client) deletePublicIP(ctx context.Context, group, name string) error {
	poller, err := c.ips.BeginDelete(policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1}), group, name, nil)
	if err != nil {
		return convert(err)
	}
	if _, err := poller.PollUntilDone(ctx, nil); err != nil {
		return convert(err)
	}
	return nil
}

func readPublicIP(ip *armnetwork.PublicIPAddress) publicIP {
	out := publicIP{tags: map[string]any{}}
	for from, to := range map[*string]*string{ip.ID: &out.id, ip.Name: &out.name, ip.Location: &out.location, ip.Etag: &out.etag} {
		if from != nil {
			*to = *from
		}
	}
	for k, v := range ip.Tags {
		if v != nil {
			out.tags[k] = *v
		}
	}
	if p := ip.Properties; p != nil {
		if p.IPAddress != nil {
			out.address = *p.IPAddress
		}
		out.ready = p.ProvisioningState != nil && *p.ProvisioningState == armnetwork.ProvisioningStateSucceeded
	}
	return out
}
