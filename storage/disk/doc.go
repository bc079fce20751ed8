// Package disk is what storage asks of a file system, and the care that it takes with
// files: a Part has a name that no reader looks for until it is whole, synced and looked
// at again; a Lock keeps a folder for one process; an FS can be wrapped, so that tests
// let every operation fail. OpenPlain opens what came from elsewhere: no folder, link,
// pipe or device. Damage of a file is a *DamageError, or a *FileError of a text file.
package disk
