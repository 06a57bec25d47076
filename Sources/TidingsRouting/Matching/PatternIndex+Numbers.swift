extension PatternIndex {
    /// Tests a number.
    func testNumber(_ text: UnsafePointer<UInt8>, count: Int, _ tests: PathTests, _ walk: inout EventWalk) {
        begin(tests, &walk)
        if tests.readsNumbers { testValue(text, count, tests, &walk) }
        finish(tests, &walk)
    }

    private func testValue(
        _ text: UnsafePointer<UInt8>, _ count: Int, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        let number = DecimalNumber(text, count: count)
        testRanges(number, UnsafeBufferPointer(start: text, count: count), tests, &walk)
        guard tests.readsEqualNumbers else { return }
        // Only what a double holds as written is found by its value; whether it does takes long to tell for long ones.
        let list = withUnsafeBytes(of: number.value.bitPattern) { value in
            find(value.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), count: 8, .number, tests)
        }
        guard !number.isShort else { return follow(list, &walk) }
        guard !list.isNone || tests.has(.numberText) || tests.has(.decimal) else { return }
        testLongNumber(UnsafeBufferPointer(start: text, count: count), list, tests, &walk)
    }

    /// Tests a number of which it is not certain that a double holds it.
    ///
    /// - Parameter list: What follows if a double does.
    @inline(never)
    private func testLongNumber(
        _ text: UnsafeBufferPointer<UInt8>, _ list: TargetLink, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        guard NumberLiteral.exactValue(of: String(decoding: text, as: UTF8.self)) == nil else {
            return follow(list, &walk)
        }
        withBase(of: text) { follow(find($0, count: text.count, .numberText, tests), &walk) }
        guard tests.has(.decimal) else { return }
        var decimal = DecimalDigits(parsing: text).description
        decimal.withUTF8 { decimal in
            withBase(of: decimal) { follow(find($0, count: decimal.count, .decimal, tests), &walk) }
        }
    }

    @inline(__always)
    private func testRanges(
        _ number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        // The number itself, once somebody needs it.
        var decimal: DecimalDigits?
        var link = tests.fewIntervals
        while !link.isNone {
            let interval = fewIntervals.interval(link)
            if interval.lower <= number.value, number.value <= interval.upper,
                interval.surrounds(number.value) || holds(interval.range, for: number, text, &decimal)
            {
                follow(interval.target, &walk)
            }
            link = fewIntervals.next(link)
        }
        guard !tests.intervals.isNone else { return }
        intervals[tests.intervals].find(number.value, into: &walk.intervals)
        for interval in walk.intervals
        where interval.surrounds(number.value) || holds(interval.range, for: number, text, &decimal) {
            follow(interval.target, &walk)
        }
        walk.intervals.removeAll(keepingCapacity: true)
    }

    /// Whether a range holds a number whose double is that of a bound.
    @inline(never)
    private func holds(
        _ range: RangeID, for number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>, _ decimal: inout DecimalDigits?
    ) -> Bool {
        // Reached in its place, since a copy would count references.
        if number.isShort, ranges[range.offset].hasExactBounds {
            return ranges[range.offset].contains(exactly: number.value)
        }
        let exact = decimal ?? DecimalDigits(parsing: text)
        decimal = exact
        return ranges[range.offset].contains(exact)
    }
}
