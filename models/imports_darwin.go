package models

import (
	"debug/macho"
	"strings"
)

// importedSymbols gives the names that a program takes from libraries.
func importedSymbols(path string) (names []string) {
	f, err := macho.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return nil
	}
	for _, s := range symbols {
		names = append(names, strings.TrimPrefix(s, "_"))
	}
	return names
}
