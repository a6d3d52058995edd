// Checks a log that lies in a directory, with the tree and note code of Go's checksum database: it
// shares nothing with ours. Run by tests/it/proofs/go.rs.
//
// The directory holds `key` (a verifier key), the checkpoints `older` and `checkpoint`, the tiles of
// the latter as `tile/<L>/<N>[.p/<W>]`, and `proof.json`, an entry's inclusion in it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// tiles reads tiles of the directory. Go's paths begin with the height, those of C2SP do not.
type tiles struct{ directory string }

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		hashes, err := os.ReadFile(filepath.Join(t.directory, path))
		if err != nil {
			return nil, err
		}
		read = append(read, hashes)
	}
	return read, nil
}

// head reads a checkpoint that the key must have signed.
func head(path, vkey string) (tlog.Tree, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 {
		return tlog.Tree{}, errors.New("a checkpoint has three lines")
	}
	var tree tlog.Tree
	if _, err := fmt.Sscan(lines[1], &tree.N); err != nil {
		return tlog.Tree{}, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// served is the answer about one entry.
type served struct {
	Entry          []byte   `json:"entry"`
	Index          int64    `json:"index"`
	InclusionProof [][]byte `json:"inclusion_proof"`
}

func (s served) check(newest tlog.Tree) error {
	var proof tlog.RecordProof
	for _, bytes := range s.InclusionProof {
		var hash tlog.Hash
		if copy(hash[:], bytes) != tlog.HashSize {
			return errors.New("a hash has 32 bytes")
		}
		proof = append(proof, hash)
	}
	return tlog.CheckRecord(proof, newest.N, newest.Hash, s.Index, tlog.RecordHash(s.Entry))
}

func check(directory string) error {
	vkey, err := os.ReadFile(filepath.Join(directory, "key"))
	if err != nil {
		return err
	}
	key := strings.TrimSpace(string(vkey))
	older, err := head(filepath.Join(directory, "older"), key)
	if err != nil {
		return fmt.Errorf("older: %w", err)
	}
	newest, err := head(filepath.Join(directory, "checkpoint"), key)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}

	// Whatever this reads is proven to be in the newest tree.
	reader := tlog.TileHashReader(newest, tiles{directory})
	consistency, err := tlog.ProveTree(newest.N, older.N, reader)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	if err := tlog.CheckTree(consistency, newest.N, newest.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	for index := int64(0); index < newest.N; index++ {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return fmt.Errorf("leaf %d: %w", index, err)
		}
		proof, err := tlog.ProveRecord(newest.N, index, reader)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, newest.N, newest.Hash, index, leaf[0]); err != nil {
			return fmt.Errorf("leaf %d: %w", index, err)
		}
	}

	text, err := os.ReadFile(filepath.Join(directory, "proof.json"))
	if err != nil {
		return err
	}
	var answer served
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if err := answer.check(newest); err != nil {
		return fmt.Errorf("the served proof: %w", err)
	}
	fmt.Printf("holds: %d leaves, of which %d before\n", newest.N, older.N)
	return nil
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: check DIRECTORY")
	}
	if err := check(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
