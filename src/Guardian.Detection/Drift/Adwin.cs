using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>Adaptive windowing: finds a change of the mean and forgets what was before it.</summary>
/// <remarks>
/// Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing" (SDM 2007), ADWIN2: an exponential
/// histogram of at most five buckets a row, every cut between buckets tested. NaN and infinities are ignored: one of
/// them in a running sum would blind it for good. Allocates nothing after its construction. Not thread-safe.
/// </remarks>
public sealed class Adwin
{
    private const int MaxBuckets = 5;
    private const int MinWindow = 5;
    private const int Grace = 10;
    private const int Slots = MaxBuckets + 1;

    // 5 buckets in each of 40 rows hold 5 · 2⁴⁰ values; what would need a 41st row falls off instead.
    private const int MaxRows = 40;

    private readonly double _delta;
    private readonly int _clock;
    private readonly double[] _totals = new double[MaxRows * Slots];
    private readonly double[] _variances = new double[MaxRows * Slots];
    private readonly byte[] _sizes = new byte[MaxRows];
    private int _rows = 1;
    private int _ticks;

    /// <summary>Initializes a detector without data.</summary>
    /// <param name="delta">Confidence, in (0, 1); the smaller, the fewer false alarms.</param>
    /// <param name="clock">Tests at every so many values, ≥ 1.</param>
    public Adwin(double delta = 0.002, int clock = 1) => (_delta, _clock) = (delta, clock);

    /// <summary>Gets the number of values in the adaptive window.</summary>
    public long Width { get; private set; }

    /// <summary>Gets the sum over the adaptive window.</summary>
    public double Total { get; private set; }

    /// <summary>Gets the sum of squared deviations over the adaptive window.</summary>
    public double VarianceSum { get; private set; }

    /// <summary>Takes a value and says whether a change was found; NaN and infinities change nothing.</summary>
    /// <param name="value">The value, best on a scale of about 1.</param>
    public bool Update(double value)
    {
        if (!double.IsFinite(value)) return false;
        if (Width > 0)
        {
            double off = value - (Total / Width);
            VarianceSum += Width * off * off / (Width + 1);
        }

        Width++;
        Total += value;
        Push(0, value, 0);
        Compress();
        if (++_ticks < _clock) return false;
        _ticks = 0;
        bool found = false;
        while (Width > Grace && FindCut())
        {
            found = true;
            DropOldest();
        }

        return found;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Array.Clear(_sizes);
        (_rows, _ticks, Width, Total, VarianceSum) = (1, 0, 0, 0, 0);
    }

    internal void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)Width);
        if (Width == 0) return;
        writer.WriteUnsigned((ulong)_ticks);
        writer.WriteDouble(Total);
        writer.WriteDouble(VarianceSum);
        writer.WriteByte((byte)_rows);
        for (int row = 0; row < _rows; row++)
        {
            writer.WriteByte(_sizes[row]);
            for (int i = row * Slots; i < (row * Slots) + _sizes[row]; i++)
            {
                writer.WriteDouble(_totals[i]);
                if (row > 0) writer.WriteDouble(_variances[i]);
            }
        }
    }

    internal void Read(ref StateReader reader)
    {
        Reset();
        ulong width = reader.ReadUnsigned();
        if (width == 0) return;
        _ticks = reader.ReadCount(_clock);
        Total = reader.ReadDouble();
        VarianceSum = reader.ReadDouble();
        _rows = reader.ReadByte();
        if (_rows is < 1 or > MaxRows) throw Damaged($"has {_rows} rows");
        for (int row = 0; row < _rows; row++)
        {
            _sizes[row] = reader.ReadByte();
            if (_sizes[row] > MaxBuckets) throw Damaged($"has {_sizes[row]} buckets in a row");
            Width += (long)_sizes[row] << row;
            for (int i = row * Slots; i < (row * Slots) + _sizes[row]; i++)
            {
                _totals[i] = reader.ReadDouble();
                _variances[i] = row > 0 ? reader.ReadDouble() : 0;
            }
        }

        if ((ulong)Width != width) throw Damaged($"counts {Width} values in its buckets but {width} in all");
        if (_sizes[_rows - 1] == 0 && _rows > 1) throw Damaged("ends in an empty row");
    }

    private static StateFormatException Damaged(string what) =>
        new($"Condition failed: an ADWIN window {what}; at most {MaxRows} rows of {MaxBuckets} are written.");

    /// <summary>Looks for a cut, from the oldest bucket on, whose two sides have different means.</summary>
    private bool FindCut()
    {
        double log = Math.Log(2 * Math.Log(Width) / _delta);
        double variance = Math.Max(0, VarianceSum) / Width;
        long n0 = 0;
        long n1 = Width;
        double u0 = 0;
        double u1 = Total;
        for (int row = _rows - 1; row >= 0; row--)
        {
            long size = 1L << row;
            int last = (row * Slots) + _sizes[row] - 1;
            for (int i = row * Slots; i <= last; i++)
            {
                // The cut behind the newest value would leave nothing on the other side.
                if (row == 0 && i == last) return false;
                n0 += size;
                n1 -= size;
                u0 += _totals[i];
                u1 -= _totals[i];
                if (n0 >= MinWindow && n1 >= MinWindow && Differ(n0, u0, n1, u1, variance, log)) return true;
            }
        }

        return false;
    }

    private static bool Differ(long n0, double u0, long n1, double u1, double variance, double log)
    {
        double difference = Math.Abs((u0 / n0) - (u1 / n1));
        double m = (1.0 / (n0 - MinWindow + 1)) + (1.0 / (n1 - MinWindow + 1));
        double linear = 2.0 / 3.0 * log * m;

        // The root is never negative, so that most cuts are settled without it.
        return difference > linear && difference > Math.Sqrt(2 * m * variance * log) + linear;
    }

    private void Compress()
    {
        for (int row = 0; row < _rows && _sizes[row] > MaxBuckets; row++)
        {
            if (row + 1 == MaxRows)
            {
                DropOldest();
                return;
            }

            int at = row * Slots;
            double half = 1L << row;
            double off = (_totals[at] / half) - (_totals[at + 1] / half);
            double merged = _variances[at] + _variances[at + 1] + (half * half * off * off / (half + half));
            double total = _totals[at] + _totals[at + 1];
            Shift(row, 2);
            if (row + 1 == _rows) _rows++;
            Push(row + 1, total, merged);
        }
    }

    private void DropOldest()
    {
        int row = _rows - 1;
        int at = row * Slots;
        double size = 1L << row;
        double total = _totals[at];
        double variance = _variances[at];
        Width -= 1L << row;
        Total -= total;
        double off = (total / size) - (Total / Width);
        VarianceSum -= variance + (size * Width * off * off / (size + Width));
        Shift(row, 1);
        while (_rows > 1 && _sizes[_rows - 1] == 0) _rows--;
    }

    private void Push(int row, double total, double variance)
    {
        int at = (row * Slots) + _sizes[row]++;
        _totals[at] = total;
        _variances[at] = variance;
    }

    private void Shift(int row, int by)
    {
        int at = row * Slots;
        int left = _sizes[row] - by;
        Array.Copy(_totals, at + by, _totals, at, left);
        Array.Copy(_variances, at + by, _variances, at, left);
        _sizes[row] = (byte)left;
    }
}
