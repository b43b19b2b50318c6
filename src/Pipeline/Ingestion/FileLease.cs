using Pipeline.ClickHouse;

namespace Pipeline.Ingestion;

/// <summary>How a file's batches fared. Later members are worse; the worst one stands.</summary>
public enum DeliveryOutcome
{
    /// <summary>The destination acknowledged it.</summary>
    Delivered = 0,

    /// <summary>It was not sent, or nobody knows: the load is taken back and tried again.</summary>
    NotDelivered = 1,

    /// <summary>The destination refused it for good.</summary>
    Refused = 2,
}

/// <summary>
/// Counts the unanswered batches of one load. It starts with the worker's own share, so it cannot settle before the worker is done
/// reading; a share that is dropped without an answer counts as <see cref="DeliveryOutcome.NotDelivered"/>; outcomes only get worse.
/// Any task may take and answer shares.
/// </summary>
sealed class FileLease
{
    readonly TaskCompletionSource<DeliveryOutcome> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock _lock = new();
    int _open;
    DeliveryOutcome _worst;
    ClickHouseError? _refusal;

    FileLease()
    {
    }

    /// <summary>A lease and the worker's own share of it.</summary>
    public static (FileLease Lease, BatchShare Own) Open()
    {
        var lease = new FileLease();
        return (lease, lease.Take());
    }

    /// <summary>Completes when every share is answered, with the worst answer.</summary>
    public Task<DeliveryOutcome> Settled => _settled.Task;

    /// <summary>Why the destination refused; set before <see cref="Settled"/> completes with <see cref="DeliveryOutcome.Refused"/>.</summary>
    public ClickHouseError? Refusal
    {
        get
        {
            lock (_lock)
            {
                return _refusal;
            }
        }
    }

    /// <summary>True once any share was answered badly: the rest of the load need not be sent.</summary>
    public bool IsLost
    {
        get
        {
            lock (_lock)
            {
                return _worst != DeliveryOutcome.Delivered;
            }
        }
    }

    /// <summary>A share for one batch.</summary>
    public BatchShare Take()
    {
        lock (_lock)
        {
            if (_settled.Task.IsCompleted)
            {
                throw new InvalidOperationException("The lease is settled: no further batch may be taken on it.");
            }

            _open++;
            return new BatchShare(this);
        }
    }

    void Answer(DeliveryOutcome outcome, ClickHouseError? refusal)
    {
        lock (_lock)
        {
            _worst = outcome > _worst ? outcome : _worst;
            _refusal ??= refusal;
            if (--_open == 0)
            {
                _settled.SetResult(_worst);
            }
        }
    }

    /// <summary>One unanswered part of a lease. Answered once; disposing it unanswered means not delivered.</summary>
    public sealed class BatchShare(FileLease lease) : IDisposable
    {
        int _answered;

        public void Answer(DeliveryOutcome outcome, ClickHouseError? refusal = null)
        {
            if (Interlocked.Exchange(ref _answered, 1) == 0)
            {
                lease.Answer(outcome, refusal);
            }
        }

        public void Answer(InsertResult result)
        {
            switch (result)
            {
                case InsertResult.Accepted:
                    Answer(DeliveryOutcome.Delivered);
                    break;
                case InsertResult.Refused refused:
                    Answer(DeliveryOutcome.Refused, refused.Error);
                    break;
                default:
                    Answer(DeliveryOutcome.NotDelivered);
                    break;
            }
        }

        public void Dispose() => Answer(DeliveryOutcome.NotDelivered);
    }
}
