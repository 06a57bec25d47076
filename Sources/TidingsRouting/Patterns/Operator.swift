/// The keys of operator objects.
enum Operator: String, CaseIterable {
    case prefix
    case suffix
    case equalsIgnoreCase = "equals-ignore-case"
    case wildcard
    case anythingBut = "anything-but"
    case numeric
    case exists
    case cidr
}
