// Command piiproxy is a reverse proxy in front of a messaging API that masks what people read and minimises what operators
// receive.
package main

func main() {}
