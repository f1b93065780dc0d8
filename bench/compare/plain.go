package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// buildPlain builds the proxy as it would be if it did not mask: a program that does not exist, since unmasked telemetry
// does not compile, and that is needed to tell what masking costs. It is the same source in which every method of
// redact.Surface that appends text appends the text as it came; those that gather fields out of a body append nothing, as
// an access log that does not mask would not look into bodies. The compiler is told of the other source by an overlay; the
// checkout stays as it is.
func (t *tools) buildPlain() (string, error) {
	files, err := filepath.Glob(filepath.Join(t.root, "redact", "*.go"))
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, changed, err := unmask(file)
		if err != nil {
			return "", err
		}
		if !changed {
			continue
		}
		replace[file] = filepath.Join(t.dir, "plain-"+filepath.Base(file))
		if err := os.WriteFile(replace[file], source, 0o600); err != nil {
			return "", err
		}
	}
	if len(replace) == 0 {
		return "", errors.New("redact has no method that masks")
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(t.dir, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		return "", err
	}
	return t.build("piiproxy-plain", t.root, "./cmd/piiproxy", "-overlay", path)
}

// unmask returns the source of a file with the bodies of the methods replaced that mask, and whether there are any.
func unmask(file string) (source []byte, changed bool, err error) {
	positions := token.NewFileSet()
	tree, err := parser.ParseFile(positions, file, nil, 0)
	if err != nil {
		return nil, false, err
	}
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !masks(f) {
			continue
		}
		if f.Body, err = copying(f); err != nil {
			return nil, false, err
		}
		changed = true
	}
	var b bytes.Buffer
	err = printer.Fprint(&b, positions, tree)
	return b.Bytes(), changed, err
}

// masks reports whether f is a method of Surface that appends to masked text.
func masks(f *ast.FuncDecl) bool {
	if f.Recv == nil || !strings.HasPrefix(f.Name.Name, "Append") || f.Type.Results.NumFields() != 1 {
		return false
	}
	receiver, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := receiver.X.(*ast.Ident)
	result, isName := f.Type.Results.List[0].Type.(*ast.Ident)
	return ok && isName && of.Name == "Surface" && result.Name == "Masked"
}

// copying returns a body that appends the last bytes, or the address, among the parameters.
func copying(f *ast.FuncDecl) (*ast.BlockStmt, error) {
	expression := "dst"
	for _, p := range f.Type.Params.List {
		last := p.Names[len(p.Names)-1].Name
		switch t := p.Type.(type) {
		case *ast.ArrayType:
			if of, ok := t.Elt.(*ast.Ident); ok && of.Name == "byte" && f.Name.Name != "AppendFields" {
				expression = "Masked{append(dst.b, " + last + "...)}"
			}
		case *ast.SelectorExpr:
			expression = "Masked{" + last + ".AppendTo(dst.b)}"
		}
	}
	e, err := parser.ParseExpr(expression)
	if err != nil {
		return nil, err
	}
	return &ast.BlockStmt{List: []ast.Stmt{&ast.ReturnStmt{Results: []ast.Expr{e}}}}, nil
}
