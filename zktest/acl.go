package zktest

import (
	"crypto/sha1"
	"encoding/base64"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The permissions of an ACL entry.
const (
	PermRead   int32 = 1
	PermWrite  int32 = 2
	PermCreate int32 = 4
	PermDelete int32 = 8
	PermAdmin  int32 = 16
	PermAll    int32 = 31
)

// ACL is one entry of a node's access control list.
type ACL struct {
	Perms  int32
	Scheme string
	ID     string
}

// worldACL lets everybody do everything.
var worldACL = []ACL{{Perms: PermAll, Scheme: "world", ID: "anyone"}}

// identity is what a connection has proved to be: its address, and a digest for every password it gave.
type identity struct {
	scheme, id string
}

func (d *decoder) acls() []ACL {
	var acl []ACL
	for n := d.int32(); n > 0 && !d.bad; n-- {
		a := ACL{Perms: d.int32()}
		scheme, haveScheme := d.optional()
		id, haveID := d.optional()
		if haveScheme && !haveID && scheme != "auth" {
			d.bad = true
		}
		a.Scheme, a.ID = scheme, id
		acl = append(acl, a)
	}
	return acl
}

func (e *encoder) acls(acl []ACL) {
	e.int32(int32(len(acl)))
	for _, a := range acl {
		e.int32(a.Perms)
		e.string(a.Scheme)
		e.string(a.ID)
	}
}

// fixACL checks a list that a client wants to set and puts the client's own identities in the place of "auth".
func fixACL(ids []identity, acl []ACL) ([]ACL, error) {
	var fixed []ACL
	var seen []ACL
	for _, a := range acl {
		if slices.Contains(seen, a) {
			continue
		}
		seen = append(seen, a)
		switch a.Scheme {
		case "world":
			if a.ID != "anyone" {
				return nil, InvalidACL
			}
			fixed = append(fixed, a)
		case "auth":
			own := expandAuth(ids, a.Perms)
			if len(own) == 0 {
				return nil, InvalidACL
			}
			fixed = append(fixed, own...)
		case "digest":
			if !validDigest(a.ID) {
				return nil, InvalidACL
			}
			fixed = append(fixed, a)
		case "ip":
			if _, ok := ipPrefix(a.ID); !ok {
				return nil, InvalidACL
			}
			fixed = append(fixed, a)
		default:
			return nil, InvalidACL
		}
	}
	if len(fixed) == 0 {
		return nil, InvalidACL
	}
	return fixed, nil
}

func expandAuth(ids []identity, perms int32) []ACL {
	var own []ACL
	for _, id := range ids {
		if id.scheme == "digest" {
			own = append(own, ACL{Perms: perms, Scheme: id.scheme, ID: id.id})
		}
	}
	return own
}

// allowed reports whether ids grant any of perms under acl.
func allowed(acl []ACL, perms int32, ids []identity) bool {
	if len(acl) == 0 || slices.ContainsFunc(ids, func(id identity) bool { return id.scheme == "super" }) {
		return true
	}
	for _, a := range acl {
		if a.Perms&perms == 0 {
			continue
		}
		if a.Scheme == "world" && a.ID == "anyone" {
			return true
		}
		for _, id := range ids {
			if id.scheme == a.Scheme && (id.id == a.ID && a.Scheme == "digest" || a.Scheme == "ip" && ipMatches(id.id, a.ID)) {
				return true
			}
		}
	}
	return false
}

// masked hides the digests of a list from a client that may read but not administer the node.
func masked(acl []ACL) []ACL {
	out := slices.Clone(acl)
	for i, a := range out {
		if user, _, ok := strings.Cut(a.ID, ":"); ok && a.Scheme == "digest" {
			out[i].ID = user + ":x"
		}
	}
	return out
}

// digest turns "user:password" into the identity that ACLs hold: the user, and a hash of both.
func digest(credential string) string {
	sum := sha1.Sum([]byte(credential))
	user, _, _ := strings.Cut(credential, ":")
	return user + ":" + base64.StdEncoding.EncodeToString(sum[:])
}

// validDigest wants exactly one colon with something behind it, as Java's split counts parts.
func validDigest(id string) bool {
	return len(strings.Split(strings.TrimRight(id, ":"), ":")) == 2
}

// ipPrefix reads an address or a network, IPv4 only.
func ipPrefix(expr string) (netip.Prefix, bool) {
	addr, bits, network := strings.Cut(expr, "/")
	ip, ok := dottedQuad(addr)
	if !ok {
		return netip.Prefix{}, false
	}
	n := 32
	if network {
		var err error
		if n, err = strconv.Atoi(bits); err != nil || n < 0 || n > 32 {
			return netip.Prefix{}, false
		}
	}
	p, err := ip.Prefix(n)
	return p, err == nil
}

// dottedQuad reads four decimal numbers, leading zeros included.
func dottedQuad(s string) (netip.Addr, bool) {
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return netip.Addr{}, false
	}
	var quad [4]byte
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > 255 {
			return netip.Addr{}, false
		}
		quad[i] = byte(v)
	}
	return netip.AddrFrom4(quad), true
}

func ipMatches(id, expr string) bool {
	network, ok := ipPrefix(expr)
	if !ok {
		return false
	}
	ip, ok := dottedQuad(id)
	return ok && network.Contains(ip)
}
