package model_test

import (
	"net/netip"
	"reflect"
	"time"

	"github.com/headgate-io/headgate/model"
)

// filled is a load balancer in which no field is zero, however many fields there come to be. It is
// not valid.
func filled() model.LoadBalancer {
	var lb model.LoadBalancer
	fill(reflect.ValueOf(&lb).Elem())
	return lb
}

func fill(v reflect.Value) {
	if special(v, 1) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("value"))
	default:
		set(v, 1)
	}
}

// special sets the types that reflection cannot look into to their n-th value.
func special(v reflect.Value, n int) bool {
	switch v.Interface().(type) {
	case netip.Addr:
		v.Set(reflect.ValueOf(netip.AddrFrom4([4]byte{10, 0, 0, byte(n)})))
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(int64(n), 0).UTC()))
	case model.Secret:
		v.Set(reflect.ValueOf(model.NewSecret([]byte{byte(n)})))
	default:
		return false
	}
	return true
}

func set(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(string(rune('a' + n)))
	case reflect.Bool:
		v.SetBool(n%2 == 1)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Uint8:
		v.SetUint(uint64(n))
	default:
		panic("no value for " + v.Type().String())
	}
}

// leaves visits every value that can be changed, with the names of the fields above it.
func leaves(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch v.Interface().(type) {
	case netip.Addr, time.Time, model.Secret:
		visit(path, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			leaves(v.Elem(), path, visit)
		}
		visit(path, v)
	case reflect.Slice:
		for i := range v.Len() {
			leaves(v.Index(i), path+"[]", visit)
		}
		visit(path, v)
	default:
		visit(path, v)
	}
}

// change gives a leaf another value.
func change(v reflect.Value) {
	if special(v, 2) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice:
		v.SetZero()
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"key": "other"}))
	default:
		set(v, 2)
	}
}
