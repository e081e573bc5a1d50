import Bilingual

/// What the commands themselves say in tables for readers, in both languages.
enum CommandMessages {
    /// Those that begin with `projection.` stand under a table.
    static let files = [
        "ar.messages": """
        projection.undated = {count, plural, zero {لا وقائع بلا تاريخ.} one {واقعة واحدة لا تاريخ لها، ولم تُحتسب.} two {واقعتان لا تاريخ لهما، ولم تُحتسبا.} few {# وقائع لا تاريخ لها، ولم تُحتسب.} many {# واقعة لا تاريخ لها، ولم تُحتسب.} other {# واقعة لا تاريخ لها، ولم تُحتسب.}}
        projection.gap = {count, plural, zero {السجلات كاملة.} one {سجل واحد حُذف قبل القراءة الأولى، ولذلك قد يكون الجواب ناقصًا.} two {سجلان حُذفا قبل القراءة الأولى، ولذلك قد يكون الجواب ناقصًا.} few {# سجلات حُذفت قبل القراءة الأولى، ولذلك قد يكون الجواب ناقصًا.} many {# سجلًا حُذفت قبل القراءة الأولى، ولذلك قد يكون الجواب ناقصًا.} other {# سجل حُذفت قبل القراءة الأولى، ولذلك قد يكون الجواب ناقصًا.}}
        projection.parked = {count, plural, zero {لا أحداث معلقة.} one {حدث واحد معلّق في انتظار المشغّل، ولم يُحتسب بعد.} two {حدثان معلّقان في انتظار المشغّل، ولم يُحتسبا بعد.} few {# أحداث معلّقة في انتظار المشغّل، ولم تُحتسب بعد.} many {# حدثًا معلّقًا في انتظار المشغّل، ولم تُحتسب بعد.} other {# حدث معلّق في انتظار المشغّل، ولم تُحتسب بعد.}}
        projection.halted = {count, plural, zero {لا أقسام متوقفة.} one {قسم واحد من السجل متوقف في انتظار المشغّل، ولذلك قد يكون الجواب قديمًا.} two {قسمان من السجل متوقفان في انتظار المشغّل، ولذلك قد يكون الجواب قديمًا.} few {# أقسام من السجل متوقفة في انتظار المشغّل، ولذلك قد يكون الجواب قديمًا.} many {# قسمًا من السجل متوقفة في انتظار المشغّل، ولذلك قد يكون الجواب قديمًا.} other {# قسم من السجل متوقفة في انتظار المشغّل، ولذلك قد يكون الجواب قديمًا.}}
        projection.as-of = كما كان في {date, date}
        projection.empty = لا شيء مسجّل.
        """,
        "en.messages": """
        projection.undated = {count, plural, one {# fact has no date and is not counted.} other {# facts have no date and are not counted.}}
        projection.gap = {count, plural, one {# record was gone before the first reading, so the answer may lack something.} other {# records were gone before the first reading, so the answer may lack something.}}
        projection.parked = {count, plural, one {# event is parked, waits for the operator and is not counted yet.} other {# events are parked, wait for the operator and are not counted yet.}}
        projection.halted = {count, plural, one {# partition of the log is halted and waits for the operator, so the answer may be out of date.} other {# partitions of the log are halted and wait for the operator, so the answer may be out of date.}}
        projection.as-of = As of {date, date}
        projection.empty = Nothing is recorded.
        """,
    ]

    static func text(_ key: String, _ language: Language, _ arguments: [String: MessageArgument] = [:]) throws -> String
    {
        try MessageCatalogue(files: files).render(
            MessageReference(key: key, arguments: arguments), ReaderLocale(language))
    }
}
