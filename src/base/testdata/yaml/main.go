// Writes golden.jsonl: what kubectl's own reader makes of each input of inputs.jsonl. See README.md.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
)

type line struct {
	YAML string `json:"yaml"`
	// What kubectl reads.
	Documents []json.RawMessage `json:"documents,omitempty"`
	Error     string            `json:"error,omitempty"`
	// Where Threeport differs: why, and what it reads (nothing: an error).
	Differs string          `json:"differs,omitempty"`
	Ours    json.RawMessage `json:"ours,omitempty"`
}

// read decodes as kubectl's resource builder does, which leaves null documents out.
func read(text string) ([]json.RawMessage, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(text)), 4096)
	var documents []json.RawMessage
	for {
		var document json.RawMessage
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		if document = bytes.TrimSpace(document); len(document) > 0 && !bytes.Equal(document, []byte("null")) {
			documents = append(documents, document)
		}
	}
}

func main() {
	inputs, err := os.Open("inputs.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	golden, err := os.Create("golden.jsonl")
	if err != nil {
		log.Fatal(err)
	}
	encoder := json.NewEncoder(golden)
	encoder.SetEscapeHTML(false)
	lines := bufio.NewScanner(inputs)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			log.Fatal(err)
		}
		if l.Documents, err = read(l.YAML); err != nil {
			l.Error = err.Error()
		}
		if err := encoder.Encode(l); err != nil {
			log.Fatal(err)
		}
	}
	if err := golden.Close(); err != nil {
		log.Fatal(err)
	}
}
