using Guardian.Detection.Encoding;

namespace Guardian.Detection.Drift;

/// <summary>ADWIN and Page-Hinkley on the z-scores of a reference: earlier than PSI, but only ever a Warning.</summary>
/// <remarks>After a detection the detector starts anew, and its warning stands for some evaluations.</remarks>
internal sealed class EarlyWarnings
{
    // Far beyond any warning; without it the square of one absurd value would drown the sums of the sane ones.
    private const double MaxScore = 1000;

    private readonly Adwin _adwin;
    private readonly PageHinkley _pageHinkley;
    private readonly int _hold;
    private int _adwinHold;
    private int _pageHinkleyHold;

    public EarlyWarnings(DriftPolicy policy)
    {
        _adwin = new Adwin(policy.AdwinDelta);
        _pageHinkley = new PageHinkley(policy.PageHinkleyDelta, policy.PageHinkleyThreshold);
        _hold = policy.ClearEvaluations;
    }

    public bool Adwin => _adwinHold > 0;

    public bool PageHinkley => _pageHinkleyHold > 0;

    public long AdwinDetections { get; private set; }

    public long PageHinkleyDetections { get; private set; }

    /// <summary>Takes a finite value of the feature.</summary>
    public void Observe(double value, FrozenReference reference)
    {
        double score = (value - reference.Mean) / reference.StandardDeviation;
        score = Math.Clamp(score, -MaxScore, MaxScore);
        if (_adwin.Update(score))
        {
            _adwin.Reset();
            _adwinHold = _hold;
            AdwinDetections++;
        }

        if (_pageHinkley.Update(score))
        {
            _pageHinkley.Reset();
            _pageHinkleyHold = _hold;
            PageHinkleyDetections++;
        }
    }

    /// <summary>Lets one evaluation pass.</summary>
    public void Tick()
    {
        if (_adwinHold > 0) _adwinHold--;
        if (_pageHinkleyHold > 0) _pageHinkleyHold--;
    }

    /// <summary>Forgets the data and the warnings; the counts of detections stay.</summary>
    public void Reset()
    {
        _adwin.Reset();
        _pageHinkley.Reset();
        (_adwinHold, _pageHinkleyHold) = (0, 0);
    }

    /// <summary>Forgets everything, as if new.</summary>
    public void StartOver()
    {
        Reset();
        (AdwinDetections, PageHinkleyDetections) = (0, 0);
    }

    public void Write(StateWriter writer)
    {
        writer.WriteUnsigned((ulong)_adwinHold);
        writer.WriteUnsigned((ulong)_pageHinkleyHold);
        writer.WriteUnsigned((ulong)AdwinDetections);
        writer.WriteUnsigned((ulong)PageHinkleyDetections);
        _adwin.Write(writer);
        _pageHinkley.Write(writer);
    }

    public void Read(ref StateReader reader)
    {
        _adwinHold = reader.ReadCount(DriftOptions.MaxEvaluations);
        _pageHinkleyHold = reader.ReadCount(DriftOptions.MaxEvaluations);
        AdwinDetections = reader.ReadCount(int.MaxValue);
        PageHinkleyDetections = reader.ReadCount(int.MaxValue);
        _adwin.Read(ref reader);
        _pageHinkley.Read(ref reader);
    }
}
