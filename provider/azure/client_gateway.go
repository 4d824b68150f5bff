package azure

import (
	"context"
	"errors"
	"net/http"
)

func (c *Client) gatewayPath(group, name string) string {
	path := "/subscriptions/" + c.subscription + "/resourceGroups/" + group + "/providers/Microsoft.Network/applicationGateways"
	if name != "" {
		path += "/" + name
	}
	return path
}

// gateway reads the document of a gateway.
func (c *Client) gateway(ctx context.Context, group, name string) (document, error) {
	r, err := c.send(ctx, http.MethodGet, c.gatewayPath(group, name), nil, nil)
	if err == nil && r.document == nil {
		err = newError(r.status, nil, 0, errNoDocument)
	}
	return r.document, err
}

var errNoDocument = errors.New("the reply contains no gateway")

// gateways reads the documents of all gateways in a resource group, page by page.
func (c *Client) gateways(ctx context.Context, group string) ([]document, error) {
	var all []document
	for next := c.gatewayPath(group, ""); next != ""; {
		page, err := c.send(ctx, http.MethodGet, next, nil, nil)
		if err != nil {
			return nil, err
		}
		for _, m := range objects(page.document, "value") {
			all = append(all, m)
		}
		next = text(page.document, "nextLink")
	}
	return all, nil
}

// putGateway starts to write a document. The service refuses it if the ETag of the stored document
// differs, or if create is set and the gateway exists.
func (c *Client) putGateway(ctx context.Context, group, name string, d document, etag string, create bool) (reply, error) {
	header := http.Header{}
	switch {
	case create:
		header.Set("If-None-Match", "*")
	case etag != "":
		header.Set("If-Match", etag)
	}
	return c.send(ctx, http.MethodPut, c.gatewayPath(group, name), d, header)
}

// deleteGateway starts to delete a gateway.
func (c *Client) deleteGateway(ctx context.Context, group, name string) (reply, error) {
	return c.send(ctx, http.MethodDelete, c.gatewayPath(group, name), nil, nil)
}

// operationError returns the error of a failed operation, given its URL.
func (c *Client) operationError(ctx context.Context, url string) error {
	failed := errors.New("the operation failed")
	if url == "" {
		return newError(http.StatusConflict, nil, 0, failed)
	}
	r, err := c.send(ctx, http.MethodGet, url, nil, nil)
	if err != nil {
		return err
	}
	message, codes := readError(r.document)
	if message != "" {
		failed = errors.New(message)
	}
	return newError(http.StatusConflict, codes, 0, failed)
}

// beginHealth requests the health of a gateway's backends. The reply has the result or its
// location.
func (c *Client) beginHealth(ctx context.Context, group, name string) (reply, error) {
	return c.send(ctx, http.MethodPost, c.gatewayPath(group, name)+"/backendhealth", nil, nil)
}

// result reads the result of an operation. The status is 202 while there is none.
func (c *Client) result(ctx context.Context, location string) (reply, error) {
	r, err := c.send(ctx, http.MethodGet, location, nil, nil)
	if r.location == "" {
		r.location = location
	}
	return r, err
}
