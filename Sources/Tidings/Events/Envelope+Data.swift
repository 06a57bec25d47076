/// How the data of an event stands in its JSON form.
package enum DataForm: UInt8, Sendable {
    /// There is no member for it.
    case absent = 0
    /// As the JSON that it is.
    case json = 1
    /// As a JSON string that holds its text.
    case text = 2
    /// As `data_base64`.
    case base64 = 3
}

extension Envelope {
    /// How the data stands in the JSON form: as it came, or as its media type and its bytes say.
    package var dataForm: DataForm { keptDataForm ?? usualDataForm }

    /// How data of this media type usually stands in the JSON form. What came so needs no note of it.
    var usualDataForm: DataForm {
        if data.isEmpty { return .absent }
        if declaresJSON { return .json }
        return data.withUnsafeBytes { String(validating: $0, as: UTF8.self) } == nil ? .base64 : .text
    }

    /// Whether the data is JSON: by its media type, `*/json` or `*/*+json`, or because it came as JSON. Without a media
    /// type it is, unless it came in Base64.
    package var isJSON: Bool {
        switch keptDataForm {
        case .json: true
        case .text: false
        case .base64: dataContentType != nil && declaresJSON
        case .absent, nil: declaresJSON
        }
    }

    private var declaresJSON: Bool { dataContentType.map(Self.isJSON(mediaType:)) ?? true }

    /// Whether a media type is one of JSON, whatever its parameters.
    static func isJSON(mediaType: String) -> Bool {
        let type = mediaType.prefix { $0 != ";" }.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard type.count == 2 else { return false }
        let subtype = type[1].trimmingSuffix { $0 == " " || $0 == "\t" }
        return subtype == "json" || subtype.hasSuffix("+json")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return self[...last]
    }
}
