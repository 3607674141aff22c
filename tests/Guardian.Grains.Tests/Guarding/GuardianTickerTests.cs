using System.Net;
using Guardian.Grains.Guarding;
using Guardian.Grains.Placement;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace Guardian.Grains.Tests.Guarding;

public sealed class GuardianTickerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(Bench.Start);
    private readonly Oracle _oracle = new();
    private readonly Turns _turns = new();
    private readonly List<string> _ticked = [];
    private readonly HashSet<string> _due = new(StringComparer.Ordinal);
    private readonly SiloShare _share;
    private readonly GuardianTicker _ticker;

    public GuardianTickerTests()
    {
        _share = new SiloShare(_oracle, _time);
        _ticker = new GuardianTicker(
            new GuardianGrainOptions { TickPeriod = TimeSpan.FromMilliseconds(50) }, new SiloClock(_time), _share,
            NullLogger<GuardianTicker>.Instance);
    }

    public void Dispose()
    {
        _ticker.Dispose();
        _share.Dispose();
    }

    [Fact]
    public void Look_SomeHaveSomethingToDo_TheyAloneAreCalledOnceEach()
    {
        foreach (string key in (string[])["A", "B", "C"]) Add(key);
        _due.Add("B");
        Assert.Equal(1, _ticker.Look());
        Assert.Equal(0, _ticker.Look()); // It has not come yet.
        _turns.Run();
        Assert.Equal(["B"], _ticked);
        Assert.Equal(1, _ticker.Look());
        _due.Clear();
        _turns.Run();
        Assert.Equal(0, _ticker.Look());
    }

    [Theory]
    [InlineData(500, 1)]
    [InlineData(501, 2)]
    [InlineData(10_000, 20)]
    [InlineData(40_000, 20)] // 50 ms each: a second.
    public void Look_AllHaveSomethingToDo_EachHasItsTurnWithinASecond(int guardians, int looks)
    {
        for (int i = 0; i < guardians; i++) Add($"S{i:00000}");
        for (int i = 0; i < guardians; i++) _due.Add($"S{i:00000}");
        for (int look = 1; look <= looks; look++)
        {
            Assert.True(_ticked.Count < guardians, $"all had their turn before look {look}");
            _ticker.Look();
            _turns.Run();
        }

        Assert.Equal(guardians, _ticked.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Went_OneOfThree_TheOthersAreStillCalled()
    {
        GuardianPulse[] all = [Add("A"), Add("B"), Add("C")];
        _due.UnionWith(["A", "B", "C"]);
        _ticker.Went(all[0]);
        _ticker.Went(all[0]); // Twice is once.
        Assert.Equal(2, _ticker.Count);
        _ticker.Look();
        _turns.Run();
        Assert.Equal(["C", "B"], _ticked);
        _ticker.Went(all[2]);
        _ticker.Went(all[1]);
        Assert.Equal(0, _ticker.Count);
        Assert.Equal(0, _ticker.Look());
    }

    [Fact]
    public void Look_GuardiansOfASiloThatCame_AreCalledOnceItHasSettled()
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"S{i}")];
        foreach (string key in keys) Add(key);
        _oracle.Silos.Add(Oracle.Silo(2));
        _share.SiloStatusChangeNotification(Oracle.Silo(2), SiloStatus.Active);
        Assert.Equal(0, _ticker.Look());
        _time.Advance(SiloShare.Settling);
        int away = keys.Count(key => !_share.IsMine(key));
        Assert.InRange(away, 1, keys.Length - 1);
        Assert.Equal(away, _ticker.Look());
        _turns.Run();
        Assert.DoesNotContain(_ticked, _share.IsMine);
    }

    [Fact]
    public void Look_GivenAwayForItsLoad_IsCalled()
    {
        GuardianWork work = new(isGuest: false);
        Add("A", work);
        Assert.Equal(0, _ticker.Look());
        work.Give(Oracle.Silo(2));
        Assert.Equal(1, _ticker.Look());
    }

    [Fact]
    public void Look_ATickThatFails_IsCalledAgainAndSoAreTheOthers()
    {
        int failed = 0;
        _ticker.Came(new GuardianPulse(
            "BAD", new GuardianWork(isGuest: false), _ => true, () =>
            {
                failed++;
                throw new InvalidOperationException("a test");
            },
            _turns,
            NullLogger.Instance));
        Add("GOOD");
        _due.Add("GOOD");
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(2, _ticker.Look());
            _turns.Run();
        }

        Assert.Equal(2, failed);
        Assert.Equal(["GOOD", "GOOD"], _ticked);
    }

    private GuardianPulse Add(string key, GuardianWork? work = null)
    {
        GuardianPulse pulse = new(
            key, work ?? new GuardianWork(isGuest: false), _ => _due.Contains(key), () => _ticked.Add(key), _turns,
            NullLogger.Instance);
        _ticker.Came(pulse);
        return pulse;
    }

    /// <summary>Turns that wait until they are run.</summary>
    private sealed class Turns : TaskScheduler
    {
        private readonly Queue<Task> _waiting = new();

        internal void Run()
        {
            while (_waiting.TryDequeue(out Task? turn)) TryExecuteTask(turn);
        }

        protected override void QueueTask(Task task) => _waiting.Enqueue(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => _waiting;
    }

    /// <summary>A membership by hand; this silo is its first.</summary>
    private sealed class Oracle : ISiloStatusOracle
    {
        internal List<SiloAddress> Silos { get; } = [Silo(1)];

        public SiloStatus CurrentStatus => SiloStatus.Active;

        public string SiloName => "one";

        public SiloAddress SiloAddress => Silos[0];

        public SiloStatus GetApproximateSiloStatus(SiloAddress siloAddress) =>
            Silos.Contains(siloAddress) ? SiloStatus.Active : SiloStatus.Dead;

        public Dictionary<SiloAddress, SiloStatus> GetApproximateSiloStatuses(bool onlyActive = false) =>
            Silos.ToDictionary(silo => silo, _ => SiloStatus.Active);

        public SiloAddress[] GetActiveSilos() => [.. Silos];

        public bool TryGetSiloName(SiloAddress siloAddress, out string siloName)
        {
            siloName = siloAddress.ToString();
            return true;
        }

        public bool IsFunctionalDirectory(SiloAddress siloAddress) => Silos.Contains(siloAddress);

        public bool IsDeadSilo(SiloAddress silo) => !Silos.Contains(silo);

        public bool SubscribeToSiloStatusEvents(ISiloStatusListener observer) => true;

        public bool UnSubscribeFromSiloStatusEvents(ISiloStatusListener observer) => true;

        internal static SiloAddress Silo(int number) =>
            SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 11_110 + number), 1);
    }
}
