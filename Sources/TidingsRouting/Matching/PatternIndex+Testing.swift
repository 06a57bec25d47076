extension PatternIndex {
    /// Tests `true`, `false` or `null`.
    func testOther(_ tests: PathTests, _ list: TargetLink, _ walk: inout EventWalk) {
        begin(tests, &walk)
        follow(list, &walk)
        finish(tests, &walk)
    }

    /// Tests a string.
    @inline(__always)
    func testString(
        _ token: JSONCursor.Token, _ tests: PathTests, _ walk: inout EventWalk
    ) throws(JSONError) {
        if token.isEscaped {
            try walk.cursor.unescape(token, into: &walk.scratch.text)
            let text = walk.scratch.text
            text.withUnsafeBufferPointer { buffer in
                withBase(of: buffer) { test($0, count: buffer.count, tests, &walk) }
            }
        } else {
            test(walk.cursor.base + token.start, count: token.count, tests, &walk)
        }
    }

    /// Tests a text.
    func test(_ text: UnsafePointer<UInt8>, count: Int, _ tests: PathTests, _ walk: inout EventWalk) {
        begin(tests, &walk)
        if tests.readsStrings {
            if tests.has(.text) { follow(find(text, count: count, .text, tests), &walk) }
            if !tests.prefixLengths.isNone {
                testPrefixes(text, count, .prefix, tests.prefixLengths, tests, &walk)
            }
            if !tests.suffixLengths.isNone {
                testSuffixes(text, count, .suffix, tests.suffixLengths, tests, &walk)
            }
            if tests.gramSizes != 0 { testGrams(text, count, tests, &walk) }
            if !tests.foldedPrefixLengths.isNone || !tests.foldedSuffixLengths.isNone || tests.has(.foldedText) {
                testFolded(text, count, tests, &walk)
            }
            if !tests.block4Lengths.isNone || !tests.block6Lengths.isNone { testAddress(text, count, tests, &walk) }
        }
        finish(tests, &walk)
    }

    @inline(__always)
    func begin(_ tests: PathTests, _ walk: inout EventWalk) {
        if !tests.presence.isNone { walk.satisfy(tests.presence) }
        if !tests.present.isNone { follow(tests.present, &walk) }
    }

    @inline(__always)
    func finish(_ tests: PathTests, _ walk: inout EventWalk) {
        if !tests.unless.isNone { satisfyUnlessExcluded(exclusions[tests.unless], &walk) }
    }

    @inline(__always)
    func find(
        _ text: UnsafePointer<UInt8>, count: Int, _ kind: PathTests.Kind, _ tests: PathTests
    ) -> TargetLink {
        let domain = tests.domain(kind)
        let hash = ByteHash.of(text, count: count, domain: domain, seed: values.seed)
        return values.value(text, count: count, hash: hash, domain: domain)
    }

    private func testPrefixes(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ kind: PathTests.Kind, _ list: LengthLink, _ tests: PathTests,
        _ walk: inout EventWalk
    ) {
        let domain = tests.domain(kind)
        var hash = ByteHash(seed: values.seed)
        var hashed = 0
        var link = list
        while !link.isNone {
            let length = lengths.length(link)
            guard length <= count else { return }
            while hashed + 8 <= length {
                hash.add(Bytes.word(text + hashed))
                hashed += 8
            }
            let found = hash.finished(Bytes.rest(text + hashed, length - hashed), count: length, domain: domain)
            let target = values.value(text, count: length, hash: found, domain: domain)
            if !target.isNone { follow(target, text, count, &walk) }
            link = lengths.next(link)
        }
    }

    private func testSuffixes(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ kind: PathTests.Kind, _ list: LengthLink, _ tests: PathTests,
        _ walk: inout EventWalk
    ) {
        let domain = tests.domain(kind)
        var hash = ByteHash(seed: values.seed)
        var hashed = 0
        var link = list
        while !link.isNone {
            let length = lengths.length(link)
            guard length <= count else { return }
            while hashed + 8 <= length {
                hash.add(Bytes.word(text + count - hashed - 8))
                hashed += 8
            }
            let start = text + count - length
            let found = hash.finished(Bytes.rest(start, length - hashed), count: length, domain: domain)
            let target = values.value(start, count: length, hash: found, domain: domain)
            if !target.isNone { follow(target, text, count, &walk) }
            link = lengths.next(link)
        }
    }

    private func testGrams(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        let domain = tests.domain(.gram)
        walk.nextValue()
        for size in 1...4 where tests.gramSizes & 1 << UInt8(size) != 0 && size <= count {
            for start in 0...count - size {
                let gram = Bytes.rest(text + start, size)
                let hash = ByteHash(seed: values.seed).finished(gram, count: size, domain: domain)
                let target = values.value(text + start, count: size, hash: hash, domain: domain)
                // The first of a list is tried before the others: if it was, all of them were.
                if !target.isNone, !isTried(lists.target(target), walk) { follow(target, text, count, &walk) }
            }
        }
    }

    @inline(__always)
    private func isTried(_ target: Target, _ walk: EventWalk) -> Bool {
        if case .wildcard(let number) = target.kind { walk.hasTried(number) } else { false }
    }

    private func testFolded(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        var folded: [UInt8] = []
        swap(&folded, &walk.scratch.folded)
        ByteText.fold(text, count: count, into: &folded)
        folded.withUnsafeBufferPointer { folded in
            withBase(of: folded) { base in
                let count = folded.count
                if tests.has(.foldedText) { follow(find(base, count: count, .foldedText, tests), &walk) }
                if !tests.foldedPrefixLengths.isNone {
                    testPrefixes(base, count, .foldedPrefix, tests.foldedPrefixLengths, tests, &walk)
                }
                if !tests.foldedSuffixLengths.isNone {
                    testSuffixes(base, count, .foldedSuffix, tests.foldedSuffixLengths, tests, &walk)
                }
            }
        }
        swap(&folded, &walk.scratch.folded)
    }

    private func testAddress(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        // An address begins with a digit or a colon, or a letter up to f, and is short.
        guard count >= 2, count <= 45,
            let address = IPAddress(parsing: UnsafeBufferPointer(start: text, count: count))
        else { return }
        let isV4 = address.family == .v4
        var link = isV4 ? tests.block4Lengths : tests.block6Lengths
        while !link.isNone {
            let key = AddressKey(address, length: lengths.length(link)).bits
            withUnsafeBytes(of: key) { bytes in
                let base = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self)
                follow(find(base, count: bytes.count, isV4 ? .block4 : .block6, tests), &walk)
            }
            link = lengths.next(link)
        }
    }
}
