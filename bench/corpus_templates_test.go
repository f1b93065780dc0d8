package bench

// Templates of the corpus. {} is where the value stands; {9} is nine digits, {h8} eight hexadecimal ones, {u} a UUID, {L} a
// card number, {e} an epoch, {d} {m} {H} {M} parts of a date and time.

var internationalProse = []string{
	"You can reach me at {} after six.",
	"Hi, this is Maria, my new number is {}. Old one is gone.",
	"Bitte rufen Sie uns unter {} zurück.",
	"Mon numéro: {}, merci",
	"Llámame al {} por favor",
	"Το κινητό μου είναι {} από σήμερα",
	"Мой номер {} звоните",
	"请联系{}谢谢",
	"電話は{}です",
	"Order {6} delayed, questions? {}",
	"{} is my whatsapp",
	"Meeting on {d}.{m}.2026 at {H}:{M}, dial {} to join",
}

var nationalProse = []string{
	"please call me on {} when you can",
	"Phone: {}",
	"Tel. {} (office)",
	"my mobile number is {} thanks",
	"Ring {} to confirm your appointment",
	"text STOP to {} to opt out",
	"Bitte Tel. {} anrufen",
	"Téléphone : {}",
	"Teléfono {} de lunes a viernes",
	"τηλ. {} για πληροφορίες",
	"Fax {} or post",
	"sms {} or mail us",
}

var jsonPhones = []string{
	`{"to":"{}","from":"ACME","body":"hello"}`,
	`{"messages":[{"destinations":[{"to":"{}"}],"text":"Hi"}],"id":"{u}"}`,
	`{"msisdn":"{}","ts":{e}}`,
	`{"recipient":"{}","lifetimeInSeconds":180}`,
	`{"contact":{"mobile":"{}","vip":true}}`,
	`{"to":["{}"],"ttl":{4}}`,
	`{"level":"info","ts":"2026-{m}-{d}T{H}:{M}:01.123Z","phone_number":"{}","duration":{8}}`,
	`{"caller":"{}","callee":"ACME","call_id":"{h32}"}`,
}

var logPhones = []string{
	`time=2026-{m}-{d}T{H}:{M}:11Z level=info msg="sms sent" to={} id={u} took={3}ms`,
	`2026-{m}-{d} {H}:{M}:55,123 INFO [worker-{2}] sent msisdn={} batch={6}`,
	`{m}/{d} {H}:{M}:01 gateway[{4}]: submit destination={} status=0 bytes={5}`,
	`recipient: {} tracking_id: {u}`,
	`phone={} attempts=3 epoch={e}`,
	`<134>Nov {d} {H}:{M}:13 host smsc[{5}]: deliver from={} to=54321 part=1`,
}

var urlPhones = []string{
	`GET /lookup?to={}&format=json HTTP/1.1`,
	`https://api.example.com/v1/send?msisdn={}&id={9}`,
	`POST /sms?phone={}&label=x 202 {4} {3}ms`,
	`"GET /cgi-bin/sendsms?username=u&to={}&text=hi HTTP/1.1" 202 23`,
}

var emailTexts = []string{
	"write to {} today", `{"email":"{}"}`, "user={} ok", "<{}>", "mailto:{}?subject=x", "From: Ada <{}>", "GET /emails/{} 204",
	`{"e":"x","contact":"{}","n":{9}}`, "login failed for {}, try {2}",
}

var ipTexts = []string{
	"client {} connected", `{"ip":"{}"}`, "peer=[{}]:8080", "X-Forwarded-For: {}, unknown", "accepted from {} port {4}", "src={} dst=local port={4}",
	"IP是{}。",
}

var logTraps = []string{
	"2026-{m}-{d} {H}:{M}:01,{3} INFO dfs.DataNode$PacketResponder: PacketResponder 1 for block blk_{19} terminating",
	"{6} {6} {3} INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: size {8}",
	"- {e} 2026.{m}.{d} dn{3} Nov {d} {H}:{M}:11 dn{3}/dn{3} crond[{4}]: (root) CMD (run-parts)",
	"20261123-{H}:{M}:29:{3}|Step_LSC|{8}|onStandStepChanged {4}",
	"trace_id={h32} span_id={h16} duration={8} ts={e}{3}",
	"id={u} order={10} took={3}.{3}ms",
	"GET /maps/@59.{6},30.{6},15z 200 {5}",
	"version 8.5.{1}.{1} of Chrome/120.0.{4}.{3}",
	"mac 00:1b:44:11:3a:b7 up, std::vector<int> a::b ::",
	"sha256:{h64} pulled in {3}s",
	"[{e}.{6}] CPU{1}: Package temperature above threshold, cpu clock throttled (total events = {7})",
	"x=-77.{12} y=38.{13} z={5}.{4}",
	"attempt_{13}_0020_m_{6}_0 is : 0.{8}",
	"fetched {8} bytes from offset {9} in partition {2}, lag {7}",
	"order ACME-{8}-{h6} ref {4}-{4}-{4} items={2}",
	"user-agent: Mozilla/5.0 (X11) AppleWebKit/537.36 {9}",
	"{H}:{M}:12.{6} tid={5} fd={4} seq={10} ack={10} win={5}",
	"uid=1000{3} gid=1000{3} pid={5} ppid={4} rss={8} vsz={10}",
}

var proseTraps = []string{
	"Your order 20261123-{4} ships on {d}.{m}.2026 at {H}:{M}.",
	"Pay $1,{3},{3} or {2}% now",
	"Card {L} expires {m}/28",
	"Your code is {6}, valid for {1} minutes",
	"The festival of 1999-2004 drew {3},{3} people",
	"Meet at 12:34:56 in room {3}",
	"It costs €{4}.{2}, invoice INV{10}",
	"Chapter {1}.{1}.{1}, page {3}, lines {2}-{2}",
	"IBAN DE{2} {4} {4} {4} {4} {2}",
	"born {d}/{m}/1986, height 1.{2} m",
	"tracking 1Z{h6}{10}",
	"Score was {1}-{1}, {2}-{2}, {1}-{1}",
}
