// A simulation that comes to rest: a signal that starts the very process that sends it, nothing in between, would freeze the page.
const MOST = 50; // events thrown before the page gets its turn again

class Restful {
  constructor(simulator, notifications) {
    const trigger = simulator.trigger;
    let thrown = 0;
    simulator.trigger = (context) => {
      if (!context.event.businessObject) return trigger(context); // the simulator's own: somebody pressed a button, a scope ends
      if (!thrown++) setTimeout(() => (thrown = 0));
      if (thrown <= MOST) return trigger(context);
      if (thrown === MOST + 1) notifications.showNotification({ text: 'Stopped: this event causes itself again and again', type: 'warning', ttl: 10_000 });
      return [];
    };
  }
}
Restful.$inject = ['simulator', 'notifications'];

export default { __init__: ['restfulSimulation'], restfulSimulation: ['type', Restful] };
