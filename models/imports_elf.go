//go:build !darwin

package models

import "debug/elf"

// importedSymbols gives the names that a program takes from libraries.
func importedSymbols(path string) (names []string) {
	f, err := elf.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	symbols, err := f.ImportedSymbols()
	if err != nil { // a program without libraries
		return nil
	}
	for _, s := range symbols {
		names = append(names, s.Name)
	}
	return names
}
