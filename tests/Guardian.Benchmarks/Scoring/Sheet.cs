using System.Text;

namespace Guardian.Benchmarks.Scoring;

/// <summary>A page of Markdown in the making. Not thread-safe.</summary>
internal sealed class Sheet
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a part of a page.</summary>
    public Sheet()
    {
    }

    /// <summary>Begins a page.</summary>
    public Sheet(string title) => _text.Append("# ").Append(title).Append('\n');

    /// <summary>Begins a section.</summary>
    public void Heading(string heading) => _text.Append("\n## ").Append(heading).Append('\n');

    /// <summary>Adds a paragraph.</summary>
    public void Text(string paragraph)
    {
        Space();
        _text.Append(paragraph).Append('\n');
    }

    /// <summary>Adds a table.</summary>
    public void Table(string[] head, IEnumerable<string[]> rows)
    {
        Space();
        Row(head);
        _text.Append('|').Append(string.Concat(Enumerable.Repeat("---|", head.Length))).Append('\n');
        foreach (string[] row in rows) Row(row);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void Space()
    {
        if (_text.Length == 0) return;
        bool heading = _text.ToString().Split('\n')[^2].StartsWith('#');
        if (!heading) _text.Append('\n');
    }

    private void Row(string[] cells) => _text.Append("| ").Append(string.Join(" | ", cells)).Append(" |\n");
}
