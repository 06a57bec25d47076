extension LanguageCase {
    static let texts = [
        LanguageCase(
            #"{"a":[{"prefix":"ab"}]}"#, matches: [#"{"a":"ab"}"#, #"{"a":"abc"}"#],
            butNot: [#"{"a":"a"}"#, #"{"a":"Abc"}"#, #"{"a":["xab"]}"#]),
        LanguageCase(
            #"{"a":[{"prefix":""}]}"#, matches: [#"{"a":""}"#, #"{"a":"x"}"#],
            butNot: [#"{"a":1}"#, #"{"a":null}"#, #"{"a":true}"#]),
        LanguageCase(#"{"a":[{"prefix":"1"}]}"#, matches: [#"{"a":"12"}"#], butNot: [#"{"a":12}"#]),
        LanguageCase(
            #"{"a":[{"suffix":"ab"}]}"#, matches: [#"{"a":"ab"}"#, #"{"a":"cab"}"#],
            butNot: [#"{"a":"b"}"#, #"{"a":"aB"}"#, #"{"a":"abx"}"#]),
        LanguageCase(#"{"a":[{"suffix":""}]}"#, matches: [#"{"a":""}"#, #"{"a":"x"}"#], butNot: [#"{"a":false}"#]),
        LanguageCase(
            #"{"a":[{"prefix":{"equals-ignore-case":"ÄB"}}]}"#, matches: [#"{"a":"äbc"}"#, #"{"a":"Äb"}"#],
            butNot: [#"{"a":"ä"}"#, #"{"a":"xäb"}"#]),
        LanguageCase(
            #"{"a":[{"suffix":{"equals-ignore-case":".PnG"}}]}"#, matches: [#"{"a":"x.png"}"#, #"{"a":".PNG"}"#],
            butNot: [#"{"a":"png"}"#]),
        LanguageCase(
            #"{"a":[{"equals-ignore-case":"straße"}]}"#, matches: [#"{"a":"STRAßE"}"#, #"{"a":"STRAẞE"}"#],
            butNot: [#"{"a":"STRASSE"}"#, #"{"a":"straße "}"#]),
        LanguageCase(
            #"{"a":[{"equals-ignore-case":"k"}]}"#, matches: [#"{"a":"K"}"#, "{\"a\":\"\u{212A}\"}"],
            butNot: [#"{"a":"kk"}"#]),
        LanguageCase(
            "{\"a\":[{\"equals-ignore-case\":\"\u{212A}\u{3C2}\"}]}",
            matches: ["{\"a\":\"k\u{3A3}\"}", "{\"a\":\"K\u{3C3}\"}"],
            butNot: [#"{"a":"ks"}"#]),
        LanguageCase(
            "{\"a\":[{\"equals-ignore-case\":\"\u{10400}\u{1E921}\"}]}", matches: ["{\"a\":\"\u{10428}\u{1E943}\"}"],
            butNot: ["{\"a\":\"\u{10429}\u{1E943}\"}"]),
        LanguageCase(
            #"{"a":[{"equals-ignore-case":"i"}]}"#, matches: [#"{"a":"I"}"#],
            butNot: ["{\"a\":\"\u{130}\"}", "{\"a\":\"\u{131}\"}"]),
        LanguageCase(
            #"{"a":[{"wildcard":"a*b"}]}"#, matches: [#"{"a":"ab"}"#, #"{"a":"axxb"}"#, #"{"a":"abab"}"#],
            butNot: [#"{"a":"a"}"#, #"{"a":"abx"}"#]),
        LanguageCase(#"{"a":[{"wildcard":"*"}]}"#, matches: [#"{"a":""}"#, #"{"a":"*"}"#], butNot: [#"{"a":1}"#]),
        LanguageCase(
            #"{"a":[{"wildcard":"*a*"}]}"#, matches: [#"{"a":"a"}"#, #"{"a":"bab"}"#],
            butNot: [#"{"a":""}"#, #"{"a":"b"}"#]),
        LanguageCase(#"{"a":[{"wildcard":"ab*ba"}]}"#, matches: [#"{"a":"abba"}"#], butNot: [#"{"a":"aba"}"#]),
        LanguageCase(
            #"{"a":[{"wildcard":"*aab*ab"}]}"#, matches: [#"{"a":"aaabab"}"#, #"{"a":"xaabxxaab"}"#],
            butNot: [#"{"a":"aab"}"#, #"{"a":"abaab"}"#]),
        LanguageCase(
            #"{"a":[{"wildcard":"a\\*\\\\*"}]}"#, matches: [#"{"a":"a*\\"}"#, #"{"a":"a*\\x"}"#],
            butNot: [#"{"a":"ax\\"}"#]),
        LanguageCase(#"{"a":[{"wildcard":""}]}"#, matches: [#"{"a":""}"#], butNot: [#"{"a":"x"}"#]),
        LanguageCase(
            #"{"a":[{"wildcard":"é*🚲"}]}"#, matches: [#"{"a":"é🚲"}"#, #"{"a":"é€🚲🚲"}"#], butNot: [#"{"a":"e🚲"}"#]),
    ]

    static let operators = [
        LanguageCase(
            #"{"a":[{"anything-but":"x"}]}"#,
            matches: [#"{"a":"y"}"#, #"{"a":1}"#, #"{"a":null}"#, #"{"a":true}"#, #"{"a":["x","y"]}"#],
            butNot: [#"{"a":"x"}"#, #"{}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":{"b":"y"}}"#, #"{"a":["x"]}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":["x","y"]}]}"#, matches: [#"{"a":"z"}"#, #"{"a":"X"}"#],
            butNot: [#"{"a":"x"}"#, #"{"a":["x","y"]}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":300}]}"#, matches: [#"{"a":"300"}"#, #"{"a":301}"#],
            butNot: [#"{"a":300}"#, #"{"a":3e2}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":[1,2e400]}]}"#, matches: [#"{"a":2}"#, #"{"a":2.1e400}"#],
            butNot: [#"{"a":1.0}"#, #"{"a":2e400}"#, #"{"a":2E400}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"prefix":"x"}}]}"#, matches: [#"{"a":"yx"}"#, #"{"a":1}"#],
            butNot: [#"{"a":"xy"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"prefix":["x","y"]}}]}"#, matches: [#"{"a":"z"}"#],
            butNot: [#"{"a":"xy"}"#, #"{"a":"y"}"#]),
        LanguageCase(#"{"a":[{"anything-but":{"suffix":"x"}}]}"#, matches: [#"{"a":"xy"}"#], butNot: [#"{"a":"yx"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"suffix":["x","y"]}}]}"#, matches: [#"{"a":""}"#],
            butNot: [#"{"a":"yx"}"#, #"{"a":"y"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"equals-ignore-case":"Ab"}}]}"#, matches: [#"{"a":"abc"}"#, #"{"a":0}"#],
            butNot: [#"{"a":"aB"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"equals-ignore-case":["a","b"]}}]}"#, matches: [#"{"a":"c"}"#],
            butNot: [#"{"a":"A"}"#, #"{"a":"B"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"wildcard":"a*"}}]}"#, matches: [#"{"a":"ba"}"#], butNot: [#"{"a":"ab"}"#]),
        LanguageCase(
            #"{"a":[{"anything-but":{"wildcard":["a*","*b"]}}]}"#, matches: [#"{"a":"ba"}"#],
            butNot: [#"{"a":"a"}"#, #"{"a":"b"}"#]),
        LanguageCase(
            #"{"a":[{"numeric":["=",300]}]}"#, matches: [#"{"a":3e2}"#], butNot: [#"{"a":"300"}"#, #"{"a":301}"#]),
        LanguageCase(
            #"{"a":[{"numeric":["=",-122.42916360922355]}]}"#,
            matches: [#"{"a":-122.42916360922355}"#, #"{"a":-1.2242916360922355E2}"#, #"{"a":-122.429163609223550}"#],
            butNot: [#"{"a":-122.42916360922354}"#, #"{"a":-122.429163609223549}"#]),
        LanguageCase(
            #"{"a":[-122.42916360922355]}"#, matches: [#"{"a":-122.42916360922355}"#],
            butNot: [#"{"a":-122.429163609223549}"#]),
        LanguageCase(
            #"{"a":[{"numeric":["<",5]}]}"#, matches: [#"{"a":4.999}"#, #"{"a":-1e400}"#],
            butNot: [#"{"a":5}"#, #"{"a":"4"}"#, #"{"a":null}"#]),
        LanguageCase(
            #"{"a":[{"numeric":["<=",5]}]}"#, matches: [#"{"a":5}"#, #"{"a":-5}"#], butNot: [#"{"a":5.001}"#]),
        LanguageCase(
            #"{"a":[{"numeric":[">",5]}]}"#, matches: [#"{"a":6}"#, #"{"a":1e400}"#], butNot: [#"{"a":5.0}"#]),
        LanguageCase(
            #"{"a":[{"numeric":[">=",-0]}]}"#, matches: [#"{"a":0}"#, #"{"a":-0.0}"#], butNot: [#"{"a":-0.001}"#]),
        LanguageCase(
            #"{"a":[{"numeric":[">",0,"<=",5]}]}"#, matches: [#"{"a":0.1}"#, #"{"a":5}"#, #"{"a":[9,3]}"#],
            butNot: [#"{"a":0}"#, #"{"a":5.1}"#, #"{"a":[-1,9]}"#]),
        LanguageCase(#"{"a":[{"numeric":[">=",0,"<",5]}]}"#, matches: [#"{"a":0}"#], butNot: [#"{"a":5}"#]),
        LanguageCase(
            #"{"a":[{"exists":true}]}"#,
            matches: [#"{"a":null}"#, #"{"a":""}"#, #"{"a":false}"#, #"{"a":[0]}"#, #"{"a":[[1]]}"#],
            butNot: [#"{}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":{"b":1}}"#, #"{"a":[{}]}"#]),
        LanguageCase(
            #"{"a":[{"exists":false}]}"#, matches: [#"{}"#, #"{"a":[]}"#, #"{"a":{}}"#, #"{"a":{"b":1}}"#],
            butNot: [#"{"a":null}"#, #"{"a":""}"#]),
        LanguageCase(
            #"{"a":[{"exists":false},"x"]}"#, matches: [#"{}"#, #"{"a":"x"}"#], butNot: [#"{"a":"y"}"#, #"{"a":null}"#]),
        LanguageCase(
            #"{"a":["x",{"exists":false}],"b":[1]}"#, matches: [#"{"b":1}"#, #"{"a":"x","b":1}"#],
            butNot: [#"{"a":"x"}"#]),
        LanguageCase(
            #"{"a":[{"cidr":"10.1.2.3/8"}]}"#, matches: [#"{"a":"10.0.0.0"}"#, #"{"a":"10.255.255.255"}"#],
            butNot: [
                #"{"a":"11.0.0.0"}"#, #"{"a":"10.0.0"}"#, #"{"a":"10.0.0.0/8"}"#, #"{"a":10.0}"#, #"{"a":167772160}"#,
                #"{"a":"::ffff:10.0.0.1"}"#, #"{"a":"010.0.0.1"}"#,
            ]),
        LanguageCase(
            #"{"a":[{"cidr":"10.0.0.1/32"}]}"#, matches: [#"{"a":"10.0.0.1"}"#], butNot: [#"{"a":"10.0.0.2"}"#]),
        LanguageCase(
            #"{"a":[{"cidr":"0.0.0.0/0"}]}"#, matches: [#"{"a":"255.1.2.3"}"#],
            butNot: [#"{"a":"::1"}"#, #"{"a":"x"}"#]),
        LanguageCase(
            #"{"a":[{"cidr":"2001:DB8::/33"}]}"#,
            matches: [#"{"a":"2001:db8::1"}"#, #"{"a":"2001:0db8:7fff:0:0:0:1.2.3.4"}"#],
            butNot: [
                #"{"a":"2001:db8:8000::"}"#, #"{"a":"2001:db8:::"}"#, #"{"a":"2001:db8"}"#,
                #"{"a":"2001:db8::1%eth0"}"#, #"{"a":"1::2::3"}"#,
            ]),
        LanguageCase(
            #"{"a":[{"cidr":"::/0"}]}"#,
            matches: [#"{"a":"::"}"#, #"{"a":"1:2:3:4:5:6:7::"}"#, #"{"a":"::2:3:4:5:6:7:8"}"#],
            butNot: [
                #"{"a":"1.2.3.4"}"#, #"{"a":":1:2:3:4:5:6:7"}"#, #"{"a":"1:2:3:4:5:6:7:8:9"}"#,
                #"{"a":"1:2:3:4:5:6:7:8::"}"#,
            ]),
        LanguageCase(#"{"a":[{"cidr":"::1/128"}]}"#, matches: [#"{"a":"0:0:0:0:0:0:0:1"}"#], butNot: [#"{"a":"::2"}"#]),
        LanguageCase(#"{"a":["10.0.0.1"]}"#, matches: [#"{"a":"10.0.0.1"}"#], butNot: [#"{"a":"10.0.0.01"}"#]),
        LanguageCase(#"{"a":["::1"]}"#, matches: [#"{"a":"::1"}"#], butNot: [#"{"a":"0::1"}"#]),
    ]
}
