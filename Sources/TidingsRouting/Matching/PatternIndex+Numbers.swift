extension PatternIndex {
    /// Tests a number.
    func testNumber(_ text: UnsafePointer<UInt8>, count: Int, _ tests: PathTests, _ walk: inout EventWalk) {
        begin(tests, &walk)
        if tests.readsNumbers { testValue(text, count, tests, &walk) }
        finish(tests, &walk)
    }

    @inline(__always)
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

    /// Follows the ranges that surround a number, which takes its double only.
    @inline(__always)
    private func testRanges(
        _ number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>, _ tests: PathTests, _ walk: inout EventWalk
    ) {
        let value = number.value
        var isAtEnd = false
        var link = tests.fewIntervals
        while !link.isNone {
            let interval = fewIntervals.interval(link)
            if interval.lower <= value, value <= interval.upper {
                if interval.surrounds(value) { follow(interval.target, &walk) } else { isAtEnd = true }
            }
            link = fewIntervals.next(link)
        }
        if !tests.intervals.isNone {
            intervals[tests.intervals].find(value, into: &walk.intervals)
            for interval in walk.intervals {
                if interval.surrounds(value) { follow(interval.target, &walk) } else { isAtEnd = true }
            }
        }
        if isAtEnd { testEnds(number, text, tests.fewIntervals, &walk) }
        if !tests.intervals.isNone { walk.intervals.removeAll(keepingCapacity: true) }
    }

    /// Follows the ranges that hold a number whose double is that of a bound.
    @inline(never)
    private func testEnds(
        _ number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>, _ list: IntervalLink, _ walk: inout EventWalk
    ) {
        // The number itself, once somebody needs it.
        var decimal: DecimalDigits?
        var link = list
        while !link.isNone {
            let interval = fewIntervals.interval(link)
            if holds(interval, for: number, text, &decimal) { follow(interval.target, &walk) }
            link = fewIntervals.next(link)
        }
        for interval in walk.intervals where holds(interval, for: number, text, &decimal) {
            follow(interval.target, &walk)
        }
    }

    private func holds(
        _ interval: IntervalSet.Interval, for number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>,
        _ decimal: inout DecimalDigits?
    ) -> Bool {
        guard interval.lower == number.value || interval.upper == number.value else { return false }
        let range = interval.range.offset
        // Reached in its place, since a copy would count references.
        if number.isShort, ranges[range].hasExactBounds { return ranges[range].contains(exactly: number.value) }
        let exact = decimal ?? DecimalDigits(parsing: text)
        decimal = exact
        return ranges[range].contains(exact)
    }
}
