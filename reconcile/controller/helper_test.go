package controller

import (
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

type clientObject = client.Object

var errTest = errors.New("the API server says no")
