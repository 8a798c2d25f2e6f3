// Command check reads what civicportal says of a tree and a signed checkpoint, as JSON on its standard input, and
// compares it with golang.org/x/mod: roots, inclusion and consistency proofs (sumdb/tlog), the signature (sumdb/note).
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type said struct {
	Leaves     []string    // as they are hashed
	Roots      []tlog.Hash // of the first 0, 1, 2… leaves
	Inclusions []struct {
		Index, Size int64
		Proof       tlog.RecordProof
	}
	Consistencies []struct {
		First, Second int64
		Proof         tlog.TreeProof
	}
	Note, Vkey, Text string
}

func must(err error, what string, of any) {
	if err != nil {
		log.Fatalf("%s %v: %v", what, of, err)
	}
}

func main() {
	var in said
	must(json.NewDecoder(os.Stdin).Decode(&in), "input", "")

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			found[at] = stored[index]
		}
		return found, nil
	})
	for number, leaf := range in.Leaves {
		more, err := tlog.StoredHashes(int64(number), []byte(leaf), reader)
		must(err, "leaf", number)
		stored = append(stored, more...)
	}
	for size := 1; size < len(in.Roots); size++ {
		root, err := tlog.TreeHash(int64(size), reader)
		must(err, "root", size)
		if root != in.Roots[size] {
			log.Fatalf("root of %d leaves: %v, not %v", size, in.Roots[size], root)
		}
	}
	for _, one := range in.Inclusions {
		leaf := tlog.RecordHash([]byte(in.Leaves[one.Index]))
		must(tlog.CheckRecord(one.Proof, one.Size, in.Roots[one.Size], one.Index, leaf), "inclusion", one)
		own, err := tlog.ProveRecord(one.Size, one.Index, reader)
		must(err, "inclusion", one)
		if len(own)+len(one.Proof) > 0 && !reflect.DeepEqual(own, one.Proof) {
			log.Fatalf("another inclusion proof: %v", one)
		}
	}
	for _, one := range in.Consistencies {
		must(tlog.CheckTree(one.Proof, one.Second, in.Roots[one.Second], one.First, in.Roots[one.First]),
			"consistency", one)
	}

	verifier, err := note.NewVerifier(in.Vkey)
	must(err, "key", in.Vkey)
	opened, err := note.Open([]byte(in.Note), note.VerifierList(verifier))
	must(err, "note", in.Note)
	if opened.Text != in.Text {
		log.Fatalf("another text: %q", opened.Text)
	}
	fmt.Println(len(in.Roots), len(in.Inclusions), len(in.Consistencies), "agree")
}
