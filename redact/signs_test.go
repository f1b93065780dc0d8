package redact

import (
	"strings"
	"testing"
)

// signedTexts are lines of text in which a name tells what stands behind its sign.
var signedTexts = []surfaceCase{
	{`Authorization: Bearer abc.def-ghi`, `Authorization: redacted_secret`},
	{`> Authorization: Basic YWRhOmxvdmVsYWNl`, `> Authorization: redacted_secret`},
	{`authorization: bearer AbC.dEf, status 200`, `authorization: redacted_secret, status 200`},
	{`Authorization: Digest username="ada", realm="x", response="6629fae4"`, `Authorization: redacted_secret`},
	{`Authorization: Custom 0123456789abcdef done`, `Authorization: redacted_secret done`},
	{`Proxy-Authorization: Basic QWxhZGRpbjpvcGVu`, `Proxy-Authorization: redacted_secret`},
	{`X-Api-Key: 8f14e45fceea167a`, `X-Api-Key: redacted_secret`},
	{`x-api-key: lettersonly`, `x-api-key: redacted_secret`},
	{`Cookie: sid=31d4d96e407aad42; theme=dark`, `Cookie: redacted_secret`},
	{`Set-Cookie: sid="a b; c"; Path=/; HttpOnly`, `Set-Cookie: redacted_secret`},
	{`curl -H 'Cookie: a=b; c=d' -H "Authorization: Bearer t0ken" https://h/`, `curl -H 'Cookie: redacted_secret' -H "Authorization: redacted_secret" https://h/`},
	{`2026-11-23 10:15:00 GET /x?pin=1234&text=hello HTTP/1.1`, `2026-11-23 10:15:00 GET /x?pin=redacted_secret&text=redacted_text HTTP/1.1`},
	{`203.0.113.9 - ada [23/Nov/2026:10:15:00 +0000] "GET /sms?to=%2B306912345678&text=Hi+Ada&n=1 HTTP/1.1" 200 5 "https://h/?token=abc#top" "x"`,
		`redacted_ip - ada [23/Nov/2026:10:15:00 +0000] "GET /sms?to=redacted_phone&text=redacted_text&n=1 HTTP/1.1" 200 5 "https://h/?token=redacted_secret#top" "x"`},
	{`GET /x?user%5Bpin%5D=1234&code=482193`, `GET /x?user%5Bpin%5D=redacted_secret&code=redacted_secret`},
	{`GET /r?u=https%3A%2F%2Fh%2F%3Fpin%3D1234%26n%3D1 HTTP/1.1`, `GET /r?u=https%3A%2F%2Fh%2F%3Fpin%3Dredacted_secret%26n%3D1 HTTP/1.1`},
	{`GET /r?u=h%253Fto%253D%252B306912345678%2526pin%253D1234%2526text%253DHi%252520Ada HTTP/1.1`,
		`GET /r?u=h%253Fto%253Dredacted_phone%2526pin%253Dredacted_secret%2526text%253Dredacted_text HTTP/1.1`},
	{`chat wa.me/306912345678 now`, `chat wa.me/redacted_phone now`},
	{`export AWS_SECRET_ACCESS_KEY=wJalr/K7 x`, `export AWS_SECRET_ACCESS_KEY=redacted_secret x`},
	{`see <a href="/x?a=1&amp;pin=1234">`, `see <a href="/x?a=1&amp;pin=redacted_secret">`},
	{`connect redis://:pa55@cache:6379/0 failed`, `connect redis://:redacted_secret@cache:6379/0 failed`},
	{`dsn postgres://svc:p@ss:w@db.example.com:5432/x?sslmode=off`, `dsn postgres://svc:redacted_secret@db.example.com:5432/x?sslmode=off`},
	{`amqp://u:p@203.0.113.9 up`, `amqp://u:redacted_secret@redacted_ip up`},
	{`https://ada%40example.com:pw@host/`, `https://redacted_email:redacted_secret@host/`},
	{`https://0123456789abcdef0123@sentry.example/1`, `https://redacted_secret@sentry.example/1`},
	{`"postgres:\/\/svc:pw@db"`, `"postgres:\/\/svc:redacted_secret@db"`},
	{`sudo: TTY=pts/0 ; PWD=/home/deploy ; USER=root pwd=hunter22 PWD=s3cret`, `sudo: TTY=pts/0 ; PWD=/home/deploy ; USER=root pwd=redacted_secret PWD=redacted_secret`},
	{`[to:+306912345678] [flags:-1:0] [msg:12:Hi Ada [you]] [udh:0:]`, `[to:redacted_phone] [flags:-1:0] [msg:12:redacted_text] [udh:0:]`},
	{`[from:ACME] [msg:99:Hi Ada [you]] [udh:0:]`, `[from:ACME] [msg:99:redacted_text] [udh:0:]`},
	{`[msg:60:id:7A2B sub:001 dlvrd:001 stat:DELIVRD err:000 text:Hi Ada] [udh:0:]`, `[msg:60:id:7A2B sub:001 dlvrd:001 stat:DELIVRD err:000 text:redacted_text] [udh:0:]`},
	{`id:7A2B sub:001 dlvrd:001 stat:DELIVRD err:000 Text:Hi "Ada", how`, `id:7A2B sub:001 dlvrd:001 stat:DELIVRD err:000 Text:redacted_text`},
	{`{"log":"stat:DELIVRD err:000 text:Hi Ada\n","n":1}`, `{"log":"stat:DELIVRD err:000 text:redacted_text\n","n":1}`},
	{`DEBUG:   short_message: "Your code is 4821"`, `DEBUG:   short_message: "redacted_text"`},
	{`[to:b'306912345678'] [content:b'Your code is 4821'] [n:b'1']`, `[to:b'redacted_phone'] [content:b'redacted_text'] [n:b'1']`},
	{`main.Message{To:"306912345678", Text:"Hi \"Ada\" x", ID:7}`, `main.Message{To:"redacted_phone", Text:"redacted_text", ID:7}`},
	{`{ body: 'Hello', first_name: 'Ada', id: 'x' }`, `{ body: 'redacted_text', first_name: 'redacted_name', id: 'x' }`},
	{`user login password=abc`, `user login password=redacted_secret`},
	{`Login(user=ada, password=abc)`, `Login(user=ada, password=redacted_secret)`},
	{`Sms(body=Hi Ada, how are you, id=7)`, `Sms(body=redacted_text, id=7)`},
	{`2026-11-23T10:15:00Z INFO body="Hi \"Ada\" x" pin=1234 n=1`, `2026-11-23T10:15:00Z INFO body="redacted_text" pin=redacted_secret n=1`},
	{`2026-11-23T10:15:00Z INFO first_name=Maria Anna status=sent`, `2026-11-23T10:15:00Z INFO first_name=redacted_name status=sent`},
	{`msg says "user sent body=Hi you" id=7`, `msg says "user sent body=redacted_text" id=7`},
	{`Server=db;Uid=ada;Pwd=hunter2;Database=x`, `Server=db;Uid=ada;Pwd=redacted_secret;Database=x`},
	{`DB_PASSWORD=hunter2 --password=hunter2 -Dspring.password=x`, `DB_PASSWORD=redacted_secret --password=redacted_secret -Dspring.password=redacted_secret`},
	{`event imsi=202010000000001 x`, `event imsi=redacted_id x`},
	{`password: hunter2`, `password: redacted_secret`},
	{`password: correcthorse`, `password: redacted_secret`},
	{`password: "correct horse" was set`, `password: "redacted_secret" was set`},
	{`password = hunter2`, `password = redacted_secret`},
	{`PIN: 1234, otp : 482193`, `PIN: redacted_secret, otp : redacted_secret`},
	{`user {'password': 'a b', 'body': 'Hi', 'to': 5, 'pin': 1234, 'otp': null}`, `user {'password': 'redacted_secret', 'body': 'redacted_text', 'to': 5, 'pin': 'redacted_secret', 'otp': null}`},
	{`x { "password" : ["a","b"], "n": 1 }`, `x { "password" : "redacted_secret", "n": 1 }`},
	{`{:password=>"abc", "body" => "Hi Ada"}`, `{:password=>"redacted_secret", "body" => "redacted_text"}`},
	{`[password] => hunter2`, `[password] => redacted_secret`},
	{`[password] => my secret phrase`, `[password] => redacted_secret`},
	{`[Authorization] => Bearer abc.def`, `[Authorization] => redacted_secret`},
	{`[Authorization] => Digest username="ada", realm="x", response="6629fae4"`, `[Authorization] => redacted_secret`},
	{`    [body] => Hi "Ada", how are you`, `    [body] => redacted_text`},
	{`{"log":"[body] => Hi \"Ada\" x\n[n] => 1"}`, `{"log":"[body] => redacted_text\n[n] => 1"}`},
	{`$_POST["password"] = 'a b' and $x['pin']=1234;`, `$_POST["password"] = 'redacted_secret' and $x['pin']='redacted_secret'`},
	{`{u'password': u'a b, c', u'body': u'Hi, Ada', 'pwd': b'a b'}`, `{u'password': u'redacted_secret', u'body': u'redacted_text', 'pwd': b'redacted_secret'}`},
	{`login password=b'a b' x=1 pin=["1 2", "3"] y`, `login password=b'redacted_secret' x=1 pin=redacted_secret y`},
	{`"body": Hi Ada you`, `"body": "redacted_text"`},
	{`x {"first_name" => Ada Lovelace, "n" => 1}`, `x {"first_name" => "redacted_name", "n" => 1}`},
	{`{"log":"\"body\": Hi Ada you, \"n\": true , 1"}`, `{"log":"\"body\": \"redacted_text\", \"n\": true , 1"}`},
	{"Authorization: Bearer\tabcd1234", `Authorization: redacted_secret`},
	{`ssl.key.password         = hunter2`, `ssl.key.password         = redacted_secret`},
	{`a,password=b,to=+306912345678`, `a,password=redacted_secret,to=redacted_phone`},
	{`level=info user[password]=abc def x=1`, `level=info user[password]=redacted_secret def x=1`},
	{`level=info msg="login password=abc" x=1`, `level=info msg="login password=redacted_secret" x=1`},
	{`level=info msg="sent body=\"Hi Ada\" to you" x=1`, `level=info msg="sent body=\"redacted_text\" to you" x=1`},
	{`{"log":"level=info password=x y=1\n","stream":"stdout"}`, `{"log":"level=info password=redacted_secret y=1\n","stream":"stdout"}`},
	{`{"log":"level=info body=\"Hi Ada\" first_name=Ada L y=1\n"}`, `{"log":"level=info body=\"redacted_text\" first_name=redacted_name y=1\n"}`},
	{`{"log":"level=info body=Hi Ada\nnext"}`, `{"log":"level=info body=redacted_text\nnext"}`},
	{`{"log":"Authorization: Bearer abc.def\n"}`, `{"log":"Authorization: redacted_secret\n"}`},
	{`{"headers":["Authorization: Bearer abc","X-Api-Key: k3y9","Accept: x"]}`, `{"headers":["Authorization: redacted_secret","X-Api-Key: redacted_secret","Accept: x"]}`},
	{`{"url":"redis:\/\/:pw@cache"}`, `{"url":"redis:\/\/:redacted_secret@cache"}`},
	{`{"msg":"user login password=abc"}`, `{"msg":"user login password=redacted_secret"}`},
}

// unsignedTexts stay as they are.
var unsignedTexts = []string{
	`password: see wiki`,
	`token = 5`,
	`token: expired`,
	`Unexpected token: }`,
	`Invalid password: required`,
	`signature: v1`,
	`authorization: required for this route`,
	`Authorization: Basic auth required`,
	`the cookie: a small file`,
	`message: hello there`,
	`text: hello`,
	`[msg:hello] [msg:12] msg: hello msg:5:hello err:000 message text: hello`,
	`msg: "hello", message: 'hello', err: 000 text: hello`,
	`subject: your order`,
	`first_name: Ada`,
	`city: Athens`,
	`code=482193`,
	`if (token == "x") return`,
	`with password=null token=none`,
	`password=`,
	"password=\nnext",
	`at 07:15:01 tokens=150 ids=7 name=worker time=3ms`,
	`url=https://h.example:8080/x/y@z`,
	`https://user@host/ ssh://git@host/x`,
	`user:pass@host:5432`,
	`std::token::next`,
	`a::b key:value status:ok`,
	`secrets: 3 found, pins: 5`,
	`going to hide token=Token{78af589 u0}`,
	`Bad token: android.os.BinderProxy@2bd79ce`,
	`Token: Token { kind: x }`,
	`event deviceId=3 contacts=12`,
	`akka.tcp://sparkExecutorActorSystem@mesos-slave-07:55904`,
	`you ask? Answer:"Tube Snake Boogie" by him`,
}

func TestSignedTexts(t *testing.T) {
	s := testSurface(t, "mask")
	for _, c := range signedTexts {
		for range 2 {
			got, ok := s.AppendLine(Masked{}, []byte(c.in), nil)
			if !ok || string(got.Bytes()) != c.want {
				t.Errorf("%s\n got  %s\n want %s", c.in, got.Bytes(), c.want)
			}
		}
	}
	for _, in := range unsignedTexts {
		if got, _ := s.AppendLine(Masked{}, []byte(in), nil); string(got.Bytes()) != in {
			t.Errorf("%s\n got  %s", in, got.Bytes())
		}
	}
}

// TestSignsAreLinear gives text that would be long to go over more than once for each sign.
func TestSignsAreLinear(t *testing.T) {
	s := testSurface(t, "mask")
	for _, unit := range []string{"pin=", "pin:", "pin: ", "password: a ", "cookie: ", `"pin":`, `"pin":{`, `pin="`, `pin='`, `pin=\`, "body=a ", "body=", "https://", "https://a:",
		"authorization: Basic ", "pin=a,", "pin:x:", "?pin=", "pin =  ", `\"pin\":`, "[pin]=>", "a,pin=1;", "pin%3D", "%3Fpin%3D", `pin: \\'`, `pin: b\\'`, "a%3Fpin%253Dx%26",
		`text: "`, `text: "a" `, "[msg:5:", "[msg:5:id:", "err:0 text:", `err:0 text:"`, "err:0 text:] ["} {
		text := []byte(strings.Repeat(unit, 1<<20/len(unit)))
		start := processorTime()
		s.AppendText(MakeMasked(4<<20), text, nil)
		if d := processorTime() - start; d > linearTime {
			t.Errorf("%s: %v", unit, d)
		}
	}
}

// TestEveryNameStops holds the scan to stopping behind each name of the dictionary that is masked for what it is, as it is spelt there
// and in capitals. A message is a log's own.
func TestEveryNameStops(t *testing.T) {
	s := testSurface(t, "mask")
	for _, e := range shipped {
		if e.kind <= KindIP || e.traits&(notInLogs|lenient) != 0 {
			continue
		}
		for name := range strings.FieldsSeq(e.names) {
			signs := []string{"="}
			if e.kind == KindSecret {
				signs = append(signs, ": ")
			}
			if e.traits&codeShape != 0 {
				signs = []string{"="}
				name = "?" + name
			}
			for _, sign := range signs {
				for _, in := range []string{"at 7 " + name + sign + "v4lu3x9 x", "at 7 " + strings.ToUpper(name) + sign + "v4lu3x9 x"} {
					got := string(s.AppendText(Masked{}, []byte(in), nil).Bytes())
					if strings.Contains(got, "v4lu3x9") && name != "message" {
						t.Errorf("%s became %s", in, got)
					}
				}
			}
		}
	}
}

// TestSignsInCrowdedBlocks has a name stand anywhere in text that is so dense with colons that most of them are passed over at once.
func TestSignsInCrowdedBlocks(t *testing.T) {
	s := testSurface(t, "mask")
	for _, around := range []string{"a:b:", "@:", "1:2:", "::", "x:y:", "beef:"} {
		for pad := range 80 {
			for _, name := range []string{"password:", "pin:", "token: ", "pwd:", "otp=", "redis://u:"} {
				in := strings.Repeat(around, 50) + strings.Repeat("-", pad) + " " + name + "hunt3r22"
				if strings.HasPrefix(name, "redis") {
					in += "@h"
				}
				in += " " + strings.Repeat(around, 50)
				if got := string(s.AppendText(Masked{}, []byte(in), nil).Bytes()); strings.Contains(got, "hunt3r22") {
					t.Fatalf("%s became %s", in, got)
				}
			}
		}
	}
}

// TestShortNameOfRule has a name of two letters begin a text.
func TestShortNameOfRule(t *testing.T) {
	p, err := Compile(Spec{Surfaces: map[string]SurfaceSpec{"log": {Fields: map[string]string{"wi": "mask"}}}}, testKeyring(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"wi=Ada", " wi=Ada", "x wi=Ada"} {
		if got := string(p.mustSurface(t, "log").AppendText(Masked{}, []byte(in), nil).Bytes()); strings.Contains(got, "Ada") {
			t.Errorf("%s became %s", in, got)
		}
	}
}

func TestKeptTextsAreLinear(t *testing.T) {
	p, err := Compile(Spec{Surfaces: map[string]SurfaceSpec{"log": {Kinds: map[string]string{"text": "scan"}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range []string{"[msg:5:", "err:0 text:"} {
		start := processorTime()
		p.mustSurface(t, "log").AppendText(MakeMasked(4<<20), []byte(strings.Repeat(unit, 1<<20/len(unit))), nil)
		if d := processorTime() - start; d > linearTime {
			t.Errorf("%s: %v", unit, d)
		}
	}
}
