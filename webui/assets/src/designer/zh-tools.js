// What the tools around the BPMN editor write into the page themselves: token simulation, colours, menus, the panel's tips.
export const texts = {
  'Token Simulation': '令牌模拟', 'Simulation Log': '模拟日志', 'No Entries': '还没有记录', 'Play/Pause Simulation': '开始或暂停模拟',
  'Reset Simulation': '重新开始模拟', 'Toggle Simulation Log': '显示或隐藏模拟日志', 'Pause Simulation': '模拟已暂停', 'Play Simulation': '模拟继续',
  'Trigger Event': '触发事件', 'Set Sequence Flow': '选择顺序流', 'Add pause point': '添加暂停点', 'Remove pause point': '取消暂停点',
  'Found unsupported elements': '有不能模拟的元素', 'Not supported': '不能模拟', Finished: '已结束', Close: '关闭', SubProcess: '子流程',
  'SubProcess started': '子流程开始', 'SubProcess finished': '子流程结束', 'SubProcess canceled': '子流程取消', 'Process started': '流程开始',
  'Process finished': '流程结束', 'Process canceled': '流程取消', 'Intermediate Event': '中间事件', Results: '结果',
  'Stopped: this event causes itself again and again': '已停止：这个事件反复触发自身',
  'Click to remove dynamic value with FEEL expression': '点此改为固定值', 'Click to set a dynamic value with FEEL expression': '点此改为 FEEL 表达式',
};

const SPEEDS = { Slow: '慢', Normal: '正常', Fast: '快' };

export const patterns = [
  [/^Set animation speed = (\w+)$/, (_, speed) => `动画速度：${SPEEDS[speed] ?? speed}`],
  [/^Focus process instance (.+)$/, (_, id) => `查看实例 ${id}`],
  [/^(.+) started$/, (_, name) => `${name}：开始`],
  [/^(.+) finished$/, (_, name) => `${name}：结束`],
  [/^(.+) canceled$/, (_, name) => `${name}：取消`],
];
