import TidingsRouting

/// What libFuzzer calls with bytes of its own making: a pattern, a zero byte and an event, or one text for both.
///
/// Whatever the bytes are, nothing may crash or read beyond them, and all that look at them must agree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    let cut = bytes.firstIndex(of: 0)
    let pattern = UnsafeRawBufferPointer(rebasing: bytes[..<(cut ?? count)])
    let event = UnsafeRawBufferPointer(rebasing: bytes[(cut.map { $0 + 1 } ?? 0)...])
    FuzzedPair(pattern: pattern, event: event).check()
    return 0
}
